"""Both pages in narrow and wide windows, light and dark, and without a mouse."""

from __future__ import annotations

import pytest
from browser_page import BrowserPage, Open, query
from playwright.sync_api import expect
from processes import wait_until

from playground.charts.palette import BACKGROUND

BUTTONS = ("Train", "Pause", "Step", "Stop")
MOST_TABS = 120  # from the top of the page to the end of toolbar and sidebar


def assert_toolbar_is_whole(page: BrowserPage, width: int) -> list[object]:
    """Return where each button is, and how large."""
    ends, below = 0.0, 0.0
    rows = set()
    boxes: list[object] = []
    for name in BUTTONS:
        button = page.button(name)
        box = button.bounding_box()
        assert box, f"{name} is not on the page"
        assert box["x"] >= ends, f"{name} lies over its neighbour"
        ends, below = box["x"] + box["width"], box["y"] + box["height"]
        boxes.append(box)
        rows.add(round(box["y"]))
        assert ends <= width
        assert button.evaluate("node => node.scrollWidth <= node.clientWidth + 1"), f"{name} is cut"
    assert len(rows) == 1, "the buttons are in one row"
    bar = page.progress.bounding_box()
    assert bar
    assert bar["x"] >= ends or bar["y"] >= below
    assert bar["x"] + bar["width"] <= width
    return boxes


def assert_rows_are_full(page: BrowserPage) -> None:
    def are_full() -> bool:
        tops = [box["y"] for tile in page.tiles.all() if (box := tile.bounding_box())]
        return len({tops.count(top) for top in tops}) == 1

    wait_until(are_full, "rows of the wall that are full")


@pytest.mark.parametrize(("width", "theme"), [(1024, "dark"), (1440, "light")])
def test_both_pages_fit_the_window(open_page: Open, width: int, theme: str) -> None:
    page = open_page(
        query(training__epochs="2"), viewport={"width": width, "height": 800}, color_scheme=theme
    )
    page.until_ready()
    red, green, blue = bytes.fromhex(getattr(BACKGROUND, theme).removeprefix("#"))
    expect(page.page.get_by_test_id("stApp")).to_have_css(
        "background-color", f"rgb({red}, {green}, {blue})"
    )
    page.assert_fits()
    before = assert_toolbar_is_whole(page, width)
    page.press("Train")
    page.expect_progress("^Finished 2 epochs")
    page.assert_fits()
    assert assert_toolbar_is_whole(page, width) == before, "no button jumps"
    assert_rows_are_full(page)
    page.page.get_by_role("link", name="Data").click()
    expect(page.page.locator(".samples img").first).to_be_visible()
    page.assert_fits()
    page.page.get_by_role("link", name="Train").click()
    page.expect_progress("^Finished 2 epochs")


def test_training_needs_no_mouse(open_page: Open) -> None:
    page = open_page()
    page.until_ready()
    reached = page.button("Train")
    for _ in range(MOST_TABS):
        if reached.evaluate("node => node === document.activeElement"):
            break
        page.page.keyboard.press("Tab")
    expect(reached).to_be_focused()
    page.page.keyboard.press("Enter")
    page.expect_progress("^Finished 20 epochs")
    for name in ("Train", "Step"):
        page.button(name).focus()
        expect(page.button(name)).to_be_focused()
    page.page.keyboard.press("Space")
    page.expect_progress("^Paused after 1 of 20")


SIX = ("Data set", "Architecture", "Hidden sizes", "Learning rate", "Batch size", "Device")


def test_what_a_person_comes_for_is_in_sight_and_a_typed_rate_is_what_trains(
    open_page: Open,
) -> None:
    page = open_page(query(recipe="digits_overfit_100"), has_touch=True)  # its words take room
    page.until_ready()
    for width, height in ((1440, 900), (1024, 768)):
        page.page.set_viewport_size({"width": width, "height": height})
        for part in (*map(page.setting, SIX), page.button("Train")):
            expect(part).to_be_in_viewport(ratio=1)
    page.setting("Learning rate").fill("0.00170")
    page.button("Train").tap()
    page.expect_progress("^Finished 50 epochs")
    expect(page.setting("Slide the learning rate")).to_contain_text("0.0017")
    expect(page.setting("Learning rate")).to_have_value("0.00170")
    expect(page.page.get_by_text("The sidebar shows the settings of this run.")).to_be_visible()
    page.page.get_by_role("link", name="Lab").click()
    expect(page.page.get_by_test_id("stSidebar").get_by_text("Being set up")).to_be_visible()
    expect(page.setting("Learning rate")).to_have_count(0)
    page.page.get_by_role("link", name="To the Train page").click()
    expect(page.setting("Learning rate")).to_have_value("0.00170")


def test_on_a_phone_train_closes_the_sidebar_that_covers_the_page(open_page: Open) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page("training.epochs=2&pace=brisk", **phone)
    page.until_ready()
    page.assert_fits()
    assert_rows_are_full(page)
    page.page.get_by_test_id("stExpandSidebarButton").tap()
    sidebar = page.page.get_by_test_id("stSidebar")
    expect(sidebar).to_be_in_viewport()
    page.setting("Hidden sizes").fill("17")
    page.button("Train with these settings").tap()
    expect(sidebar).not_to_be_in_viewport()
    page.expect_progress("^Finished 2 epochs")
    expect(page.page.get_by_text("8×8 → 17 → 10")).to_have_count(1)
    page.assert_fits()
