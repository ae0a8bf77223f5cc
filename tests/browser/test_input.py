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


TAPPED_AT_ONCE = """([label, text]) => {
    const field = document.querySelector(`input[aria-label="${label}"]`);
    field.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
    field.dispatchEvent(new Event('input', {bubbles: true}));
    const button = document.querySelector('.st-key-train button');
    button.focus();
    button.click();
}"""


def test_what_is_typed_is_what_trains_however_soon_train_is_tapped(open_page: Open) -> None:
    page = open_page(has_touch=True)
    page.until_ready()
    page.setting("Hidden sizes").fill("7")
    page.button("Train").tap()
    page.expect_progress("^Finished 20 epochs")
    expect(page.page.get_by_text("The sidebar shows the settings of this run.")).to_be_visible()
    page.page.evaluate(TAPPED_AT_ONCE, ["Hidden sizes", "9"])
    expect(page.page.get_by_text("Dismiss the previous run")).to_be_visible()
    page.expect_progress("^Finished 20 epochs")
    expect(page.page.get_by_text("The sidebar shows the settings of this run.")).to_be_visible()
    page.type("Hidden sizes", "20")
    page.press("Use this run's settings")
    expect(page.setting("Hidden sizes")).to_have_value("9")
