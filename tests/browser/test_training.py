"""Journeys of the person who trains: from the first click to a worker that dies."""

from __future__ import annotations

import re

from app_server import App
from browser_page import BrowserPage, Open, query
from playwright.sync_api import expect

SLOW = query(training__epochs="1000", training__batch_size="8")
NUMBERS = ("Validation accuracy", "Validation loss", "Best epoch")


def numbers(page: BrowserPage) -> list[str]:
    return [page.metric(label).inner_text() for label in NUMBERS]


def paused_after(page: BrowserPage) -> float | None:
    """Return after how many epochs the run is paused; None while it is not."""
    found = re.match(r"Paused after ([\d.]+) of", page.progress.inner_text())
    return float(found[1]) if found else None


def test_the_first_click_trains_digits_to_the_end(open_page: Open) -> None:
    page = open_page()
    page.until_ready()
    assert page.run_id == ""
    page.press("Train")
    page.expect_progress("^Finished 20 epochs in ")
    assert page.run_id != ""
    expect(page.metric("Validation accuracy")).to_have_text(re.compile(r"^9\d\.\d %$"))
    for label in ("Validation loss", "Best epoch", "Images per second"):
        expect(page.metric(label)).to_have_text(re.compile(r"^[\d.]+[kM]?$"))
    expect(page.tiles).to_have_count(24)
    right, wrong = page.page.locator(".wall .tile.right"), page.page.locator(".wall .tile.wrong")
    expect(right.first).to_contain_text("✓")
    assert right.count() + wrong.count() == 24
    assert right.count() > wrong.count()
    for mark in wrong.all():
        expect(mark).to_contain_text("✗")
    expect(page.button("Train")).to_be_enabled()
    expect(page.button("Stop")).to_be_disabled()


def test_charts_and_wall_grow_without_being_built_anew(open_page: Open) -> None:
    page = open_page(SLOW)
    page.until_ready()
    page.press("Train")
    page.until(lambda: page.epoch() >= 2)
    drawings = page.page.locator("[data-testid=stVegaLiteChart] :is(svg, canvas)")
    expect(drawings).to_have_count(2)
    wall = page.page.locator("div:has(> .wall)")
    expect(wall).to_have_count(1)
    for node in (*drawings.all(), wall):
        node.evaluate("node => node.dataset.mark = 'same'")
    before = page.page.locator(".spoken").inner_text()
    for _ in range(6):  # six looks of the page, each with a later epoch
        page.until_later_epoch()
    assert page.page.locator(".spoken").inner_text() != before
    expect(page.page.locator("[data-testid=stVegaLiteChart] [data-mark=same]")).to_have_count(2)
    expect(page.page.locator("[data-mark=same] > .wall")).to_have_count(1)


def test_pause_step_resume_and_stop_do_what_they_say(open_page: Open) -> None:
    page = open_page(SLOW)
    page.until_ready()
    page.press("Train")
    page.until(lambda: page.epoch() >= 2)

    page.press("Pause")
    page.expect_progress("^Paused after ")
    paused = paused_after(page)
    text = page.progress.inner_text()
    # While it is paused, the worker trains a whole run for somebody else.
    other = open_page()
    other.press("Train")
    other.expect_progress("^Finished 20 epochs")
    assert page.progress.inner_text() == text
    page.reload()
    page.expect_progress(f"^{re.escape(text)}$")

    page.press("Step")
    page.until(lambda: paused_after(page) not in (None, paused))
    whole = paused_after(page)
    assert paused is not None
    assert whole is not None
    assert whole == int(whole)
    assert 0 < whole - paused <= 1.05  # a tenth of an epoch is shown rounded
    page.press("Step")
    page.expect_progress(f"^Paused after {whole + 1:.0f} of 1000")

    page.press("Resume")
    page.until(lambda: page.epoch() >= whole + 3)
    page.press("Stop")
    page.expect_progress(r"^Stopped after [\d.]+ of 1000 epochs$")
    expect(page.metric("Validation accuracy")).to_have_text(re.compile("%$"))
    expect(page.page.locator(".wall .tile.right").first).to_be_visible()
    kept = numbers(page)
    page.reload()
    page.expect_progress("^Stopped after ")
    assert numbers(page) == kept


def test_the_sidebar_can_be_changed_while_a_run_trains(open_page: Open) -> None:
    page = open_page(SLOW)
    page.until_ready()
    page.press("Train")
    page.until(lambda: page.epoch() >= 1)
    run_id = page.run_id
    words = page.page.locator(".st-key-words")
    expect(words).to_contain_text("The sidebar shows the settings of this run.")
    page.type("Hidden sizes", "32, 16")
    expect(words).to_contain_text("hidden sizes 64 → 32, 16")
    expect(page.page.get_by_text("2,778 parameters")).to_be_visible()
    page.until_later_epoch()
    assert page.run_id == run_id
    page.press("Stop")
    page.expect_progress("^Stopped after ")
    page.type("Epochs", "3")
    expect(words).to_contain_text("epochs 1000 → 3")
    page.press("Train")
    page.expect_progress("^Finished 3 epochs")
    assert page.run_id != run_id
    expect(words).to_contain_text("The sidebar shows the settings of this run.")


def test_a_refresh_finds_the_run_while_it_trains_and_afterwards(open_page: Open) -> None:
    page = open_page(query(training__epochs="150", training__batch_size="16"))
    page.until_ready()
    page.press("Train")
    page.until(lambda: page.epoch() >= 2)
    run_id, seen = page.run_id, page.epoch()
    page.reload()
    page.expect_progress("^(Epoch|Finished) ")
    assert page.run_id == run_id
    assert page.epoch() >= seen or page.progress.inner_text().startswith("Finished")
    expect(page.setting("Epochs")).to_have_value("150")
    page.expect_progress("^Finished 150 epochs")
    page.reload()
    page.expect_progress("^Finished 150 epochs")
    other = open_page(f"run={run_id}")
    other.expect_progress("^Finished 150 epochs")
    expect(other.metric("Validation accuracy")).to_have_text(re.compile("%$"))
    assert numbers(other) == numbers(page)


def test_a_killed_worker_is_told_and_its_run_goes_on_to_the_end(open_page: Open, app: App) -> None:
    page = open_page(query(training__epochs="60", training__batch_size="8"))
    page.until_ready()
    page.press("Train")
    page.until(lambda: page.epoch() >= 3)
    run_id = page.run_id
    [worker] = app.workers()
    worker.kill()
    told = "killed from outside. The run went on from its last epoch."
    expect(page.alert(told)).to_be_visible()
    page.expect_progress("^Finished 60 epochs")
    assert page.run_id == run_id
    page.type("Epochs", "2")
    page.press("Train")
    page.expect_progress("^Finished 2 epochs")
    expect(page.alert("killed from outside")).to_have_count(0)
    assert [process.pid for process in app.workers()] != [worker.pid]


def test_a_click_on_a_chart_and_on_the_wall_leads_to_that_epoch_and_that_image(
    open_page: Open,
) -> None:
    page = open_page(query(training__epochs="4"))
    page.until_ready()
    page.press("Train")
    page.expect_progress("^Finished 4 epochs in ")
    run = page.run_id
    plot = page.page.get_by_test_id("stVegaLiteChart").nth(1)
    expect(plot.get_by_text("softmax regression")).to_be_visible()
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": box["width"] * 0.54, "y": box["height"] / 2})
    expect(page.page.get_by_text(re.compile("^After epoch 2 of 4: "))).to_be_visible()
    page.page.get_by_role("link", name="Train", exact=True).click()
    tile = page.page.locator(".wall .tile[data-position]").nth(5)
    number = (tile.locator(".top").text_content() or "").rpartition(" ")[2]
    tile.focus()
    page.page.keyboard.press("Enter")
    expect(page.page.get_by_role("heading", name=f"Image {number} ")).to_be_visible()
    expect(page.page.get_by_text(re.compile("^After epoch 4 of 4: "))).to_be_visible()
    page.until(lambda: page.run_id == run)
    page.page.get_by_role("link", name="Train", exact=True).click()
    page.until_drawn()
