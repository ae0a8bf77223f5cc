"""The seal on the page: confirmed, opened, counted; read without opening it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from lab_page import code_of, look, press, turn_to_lab

from playground.lab.sealed_set import SealQuestion
from playground.run.seal import openings
from playground.service import service

Open = Callable[..., AppPage]
PIECE = "test_set"
KEY = "lab-test_set-"


def trained(open_page: Open, browser: str = "", **query: str) -> AppPage:
    page = open_page({"training.epochs": "2", **query})
    if browser:
        page.session.browser = browser
    page.press("train")
    page.until(lambda: page.progress.startswith("Finished 2 epochs"))
    turn_to_lab(page, PIECE)
    return page


def text_of(page: AppPage) -> str:
    return "\n".join([*page.words, *(info.value for info in page.app.info)])


def has_button(page: AppPage, name: str) -> bool:
    return any(button.key == KEY + name for button in page.app.button)


def open_seal(page: AppPage) -> None:
    page.press(f"{KEY}open")
    page.press(f"{KEY}yes")
    look(page)


def test_without_a_run_it_shows_what_the_images_of_the_draft_are_for(page: AppPage) -> None:
    assert page.chart_rows(0)["images"].tolist() == [1221, 216, 360]
    assert not has_button(page, "open")


def test_without_a_run_it_says_where_to_find_one(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = trained(open_page)
    other = open_page()
    turn_to_lab(other, PIECE)
    assert "Open one on the Runs page, or train a run: each run" in text_of(other)
    monkeypatch.setattr(type(service()), "runs", lambda _: [])
    other.look()
    assert "Train a run first: each run" in text_of(other)
    assert "Sealed." in text_of(page)


def open_elsewhere(run_id: str) -> None:
    """Open the seal as another tab does."""
    while not service().inquiries.ask(SealQuestion(run_id, "another tab"), patience=1).is_ready:
        pass


def test_another_tabs_opening_is_seen_at_the_next_look(open_page: Open) -> None:
    page = trained(open_page)
    open_elsewhere(page.run_id)
    assert "Sealed." in text_of(page)
    page.press(f"{KEY}open")
    shown = text_of(page)
    assert "opened meanwhile, in another tab" in shown
    assert "The first look is spent" in shown
    page.press(f"{KEY}no")
    assert "meanwhile" not in text_of(page)
    assert "Opened once" in text_of(page)


def test_what_is_opened_between_question_and_answer_is_asked_again(open_page: Open) -> None:
    page = trained(open_page)
    page.press(f"{KEY}open")
    assert "the one look that counts" in text_of(page)
    open_elsewhere(page.run_id)
    page.press(f"{KEY}yes")
    assert len(openings(page.run_id)) == 1
    assert "opened meanwhile" in text_of(page)
    assert "The first look is spent" in text_of(page)
    page.press(f"{KEY}yes")
    look(page)
    assert len(openings(page.run_id)) == 2
    assert "meanwhile" not in text_of(page)


def test_looking_at_the_page_opens_nothing(open_page: Open) -> None:
    page = trained(open_page)
    for _ in range(3):
        page.look()
    assert "Sealed." in text_of(page)
    assert openings(page.run_id) == ()
    assert "def judge(" in code_of(page)


def test_it_is_opened_after_a_confirmation_only(open_page: Open) -> None:
    page = trained(open_page)
    page.press(f"{KEY}open")
    assert "the one look that counts" in text_of(page)
    assert openings(page.run_id) == ()
    page.press(f"{KEY}no")
    assert "Sealed." in text_of(page)
    open_seal(page)
    [opening] = openings(page.run_id)
    shown = text_of(page)
    assert f"validation {100 * opening.validation_accuracy:.1f} %" in shown
    assert f"test {100 * opening.test_accuracy:.1f} %" in shown
    assert "Opened once: this counts." in shown
    assert "Wilson's 95 % interval, 360 test images" in shown
    assert "with the errors of both (216 validation images)" in shown
    page.look()
    assert len(openings(page.run_id)) == 1  # looking again at the result opens nothing


def test_every_later_opening_is_counted_and_the_first_one_counts(open_page: Open) -> None:
    page = trained(open_page)
    for _ in range(3):
        open_seal(page)
    assert len(openings(page.run_id)) == 3
    assert "3 times, in 1 run: only the first look counts as a test" in text_of(page)
    press(page, PIECE, "open")
    assert "no longer counts as a test" in text_of(page)


def test_looks_by_other_runs_of_the_same_person_count_too(open_page: Open) -> None:
    first = trained(open_page, "me")
    open_seal(first)
    second = trained(open_page, "me", **{"training.seed": "1"})
    assert "You have opened the test images of this data set once: only" in text_of(second)
    second.press(f"{KEY}open")
    assert "The first look is spent" in text_of(second)
    second.press(f"{KEY}no")
    open_seal(second)
    assert "2 times, in 2 runs: only the first look counts as a test, in another" in text_of(second)
    first.look()
    assert "only the first look counts as a test, that of this run." in text_of(first)
    trained(open_page, "you", **{"data.validation": "official"})
    first.look()
    assert "that of this run." in text_of(first)
    trained(open_page, "me", **{"data.validation": "official"})
    first.look()
    assert "validated on them in 1 run: no look at them counts as a test" in text_of(first)


def test_only_the_owner_may_open_it_and_anybody_may_see_the_count(open_page: Open) -> None:
    page = trained(open_page)
    open_seal(page)
    visitor = open_page({"run": page.run_id})
    visitor.session.browser = "somebody else"
    turn_to_lab(visitor, PIECE)
    visitor.session.run_owner = "the owner"
    visitor.look()
    assert "somebody else, who alone may open" in text_of(visitor)
    assert "Opened once" in text_of(visitor)
    assert not has_button(visitor, "open")


def test_a_run_validated_on_the_test_images_has_no_seal(open_page: Open) -> None:
    page = trained(open_page, **{"data.validation": "official"})
    assert "no sealed test set" in text_of(page)
    assert not has_button(page, "open")


def test_a_run_with_a_pitfall_is_told_that_the_test_set_tells_the_truth(open_page: Open) -> None:
    page = trained(open_page, **{"training.pitfalls": '["leaked"]'})
    assert "Validation images leaked into training" in text_of(page)
    assert "always the official ones" in text_of(page)
    assert page.chart_rows(0)["images"].tolist() == [1437, 216, 360]


def test_a_mystery_is_not_given_away(open_page: Open) -> None:
    page = trained(open_page, **{"training.mystery": "AAAA"})
    assert "mystery AAAA" in text_of(page)
    assert "leaked into training:" not in text_of(page)


def test_a_run_under_way_is_not_opened(open_page: Open) -> None:
    page = open_page({"training.epochs": "1000"})
    page.press("train")
    page.until(lambda: len(page.run.epochs) > 0)
    turn_to_lab(page, PIECE)
    assert "once the run has ended or is paused" in text_of(page)
    assert not has_button(page, "open")
    service().control(page.run_id, "stop", page.session.person)
    page.until(lambda: has_button(page, "open"))
