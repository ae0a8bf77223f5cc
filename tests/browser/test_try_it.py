"""A digit drawn with the mouse, and with keys, gets bars; it goes along to the page of its own."""

from __future__ import annotations

import json
from pathlib import Path

from browser_page import TOO_WIDE, BrowserPage, Open
from playwright.sync_api import expect

DRAWN = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "drawn_digits.json").read_text(encoding="utf-8")
)


def draw(page: BrowserPage, strokes: list[dict[str, list[int]]]) -> None:
    board = page.page.get_by_role("application")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    mouse = page.page.mouse
    for stroke in strokes:
        places = zip(stroke["p"][::2], stroke["p"][1::2], strict=True)
        for number, (across, down) in enumerate(places):
            mouse.move(
                box["x"] + across * box["width"] / 1000, box["y"] + down * box["height"] / 1000
            )
            if not number:
                mouse.down()
        mouse.up()


def test_what_is_drawn_gets_bars_and_is_undone_with_keys(open_page: Open) -> None:
    page = open_page("training.epochs=5")
    page.until_ready()
    page.press("Train")
    page.expect_progress("^Finished 5 epochs")
    seven = DRAWN[14]["strokes"]
    page.page.get_by_text("Try it: show the network something of your own").click()
    expect(page.page.get_by_role("application")).to_be_visible()
    draw(page, seven)
    bars = page.page.locator(".tried tbody tr")
    expect(bars).to_have_count(10)
    expect(page.page.locator(".tried .most th")).to_have_text("7")
    board = page.page.get_by_role("application")
    board.focus()
    page.page.keyboard.press("Control+z")
    expect(bars).to_have_count(0)
    for key in (" ", *["ArrowDown"] * 9, " "):
        page.page.keyboard.press(key)
    expect(bars).to_have_count(10)
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.until(lambda: not page.page.evaluate(TOO_WIDE))
    page.page.set_viewport_size({"width": 1280, "height": 900})
    page.page.get_by_role("link", name="Try it").click()
    expect(page.page.get_by_role("heading", name="Try it", exact=True)).to_be_visible()
    expect(bars).to_have_count(10)
    page.press("Clear")
    expect(bars).to_have_count(0)
    page.page.get_by_role("link", name="Train", exact=True).click()
    expect(page.page.get_by_role("application")).to_be_visible()
