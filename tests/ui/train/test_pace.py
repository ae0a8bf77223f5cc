from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from tiny import results

from playground.engine.runs.execution import execute
from playground.run.paces import FULL, PACES, WATCHABLE
from playground.service import TrainingService

Open = Callable[..., AppPage]


def chosen(page: AppPage) -> str:
    return str(page.app.selectbox(key="pace").value)


def choose(page: AppPage, pace: str) -> None:
    page.app.selectbox(key="pace").set_value(pace)
    page.look()


def test_who_has_never_trained_gets_a_pace_to_watch_and_then_the_one_chosen_last(
    open_page: Open, shared_service: TrainingService
) -> None:
    page = open_page({"pace": "", "training.epochs": "2"})
    assert chosen(page) == WATCHABLE
    page.press("train")
    assert page.run.pace == WATCHABLE
    person = page.session.person
    assert shared_service.paces.usual(person) == WATCHABLE
    choose(page, FULL)
    page.until(lambda: page.progress.startswith("Finished"))
    assert page.run.pace == FULL
    shared_service._keeper.flush()
    assert shared_service.paces.usual(person) == FULL


def test_the_pace_of_a_run_under_way_can_be_changed_and_changes_no_number(open_page: Open) -> None:
    page = open_page({"pace": "batch", "training.epochs": "2"})
    page.press("train")
    page.until(lambda: "batch 2/" in page.progress)
    page.press("pause")
    page.until(lambda: page.progress.startswith("Paused"))
    choose(page, FULL)
    assert chosen(page) == FULL
    page.press("pause")  # its name is Resume now
    page.until(lambda: page.progress.startswith("Finished"))
    assert results(list(page.run.epochs)) == results(list(execute(page.run.experiment)))
    assert page.run.seconds < 5  # the first two batches alone were a second apart


def test_a_link_may_say_the_pace_and_an_unknown_one_counts_for_nothing(open_page: Open) -> None:
    assert chosen(open_page({"pace": "slow"})) == "slow"
    assert chosen(open_page({"pace": "warp"})) == WATCHABLE
    assert [PACES[name].epoch_of(20) for name in PACES] == [0.0, 0.5, 2.0, 20.0]


@pytest.mark.parametrize(("pace", "words"), [("brisk", "takes about 10 s."), ("batch", "")])
def test_the_time_that_train_takes_is_told_with_its_pace(
    open_page: Open, pace: str, words: str
) -> None:
    open_page().train()
    page = open_page({"pace": pace})
    assert page.says(words) if words else not page.says("Train takes")
