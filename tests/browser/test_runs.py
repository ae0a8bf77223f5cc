"""The Runs page in a real browser: a sweep, live, then compared, named, deleted and opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import App, serving_app
from browser_page import BrowserPage, Open, query
from playwright.sync_api import Browser, Locator, expect

ROW = 35  # pixels


@pytest.fixture
def server(chromium: Browser, tmp_path: Path) -> Iterator[App]:
    """Serve an app without the runs of other tests: rows are ticked by their place."""
    with serving_app(tmp_path / "app", PLAYGROUND_MIRROR="http://127.0.0.1:9") as server:
        yield server


def main(page: BrowserPage) -> Locator:
    return page.page.get_by_test_id("stMain")


def tick(page: BrowserPage, *rows: int) -> None:
    """Click the boxes of these rows of the table, counted from 1."""
    table = main(page).get_by_test_id("stDataFrame").first
    for row in rows:
        # By force: what takes the click is a layer over the canvas that is in the page for keys.
        table.locator("canvas").first.click(
            position={"x": 18, "y": ROW * row + ROW / 2}, force=True
        )


def download(page: BrowserPage, name: str) -> bytes:
    with page.page.expect_download() as waiting:
        main(page).get_by_role("button", name=name, exact=True).first.click()
    return Path(waiting.value.path()).read_bytes()


def test_a_sweep_is_followed_compared_and_opened(server: App, open_page: Open) -> None:
    page = open_page(
        query(training__epochs="40"),
        server,
        viewport={"width": 1024, "height": 900},
        color_scheme="dark",
    )
    page.until_ready()
    page.page.get_by_role("link", name="Runs").click()
    expect(main(page).get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    sweep = main(page).get_by_text("Sweep", exact=True)
    rates = main(page).get_by_label("Values of learning rate", exact=True)
    expect(sweep.or_(rates).first).to_be_visible()
    if not rates.count():
        sweep.click()
    rates.fill("0.01, 0.001")
    rates.press("Enter")
    main(page).get_by_role("button", name="Start 2 runs").click()
    cells = main(page).get_by_test_id("stVegaLiteChart")
    expect(cells).to_be_visible()
    table = main(page).get_by_test_id("stDataFrame").locator("canvas").first
    table.evaluate("node => node.setAttribute('data-mark', 'same')")
    expect(main(page).get_by_text("The best of 2 is lr 0.01")).to_be_visible()
    page.assert_fits()
    # Rows came and went in the same table: nothing was built anew.
    expect(table).to_have_attribute("data-mark", "same")

    main(page).get_by_text("Compare", exact=True).click()
    tick(page, 1, 2)
    # Either may be the baseline: the browser may hear of the two ticks in one message or in two.
    sentence = re.compile(r"learning rate 0\.0?01 → 0\.0?01, all else equal, same seed")
    expect(main(page).get_by_text(sentence)).to_be_visible()
    expect(main(page).get_by_test_id("stVegaLiteChart")).to_have_count(2)
    page.assert_fits()
    assert download(page, "CSV").count(b"\n") == 81
    assert download(page, "PNG").startswith(b"\x89PNG")
    assert download(page, "SVG").startswith(b"<svg")

    main(page).get_by_role("button", name="Delete").click()
    expect(main(page).get_by_text("2 runs are deleted.")).to_be_visible()
    main(page).get_by_role("button", name="Undo").click()
    expect(main(page).get_by_text(sentence)).to_be_visible()
    tick(page, 1)
    main(page).get_by_role("button", name="Open run").click()
    page.expect_progress("^Finished 40 epochs")
    assert page.run_id
    page.reload()
    page.expect_progress("^Finished 40 epochs")
