"""What people type, and what they are sent."""

from __future__ import annotations

from browser_page import Open, query
from playwright.sync_api import expect


def test_bad_input_is_told_and_mended_by_typing(open_page: Open) -> None:
    page = open_page()
    page.until_ready()
    page.type("Hidden sizes", "12, abc")
    expect(page.alert('Hidden sizes cannot contain "abc"')).to_be_visible()
    expect(page.button("Train")).to_be_disabled()
    page.type("Batch size", "lots")
    expect(page.alert('Batch size "lots" is not valid')).to_be_visible()
    page.type("Hidden sizes", "12, 8")
    expect(page.alert("Hidden sizes")).to_have_count(0)
    expect(page.button("Train")).to_be_disabled()
    page.type("Batch size", "48")
    expect(page.page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page.button("Train")).to_be_enabled()
    page.press("Train")
    page.expect_progress("^Finished 20 epochs")


def test_what_a_link_says_is_shown_as_text_and_fetches_nothing(open_page: Open) -> None:
    marks = "![x](http://example.com/x.png) <img src=http://example.com/y.png> **b**"
    page = open_page(query(data__dataset=marks))
    warning = page.alert("The link was not followed.")
    expect(warning).to_contain_text(marks[:50])
    assert warning.locator("img").count() == 0
    assert warning.locator("strong").count() == 0
    expect(page.button("Train")).to_be_enabled()
