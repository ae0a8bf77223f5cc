"""The Runs page: every run there is, in its table. Mostly on a store filled beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from app_page import AppPage
from runs_page import ME, RunsPage, stored

from playground.experiment import Experiment
from playground.run.folder import RunFolder
from playground.run.seal import Opening
from playground.service import RunStatus, service
from playground.ui.run_choice import RunChoice
from playground.ui.runs.run_table import COLUMNS
from playground.ui.runs.runs_view import POLL_SECONDS, seconds_to_next_look
from playground.ui.state import RUNS_PAGE


def test_without_a_run_it_says_so_and_leads_to_training(filled: Any) -> None:
    filled()
    page = RunsPage()
    assert page.says("There are no runs yet"), page.words
    assert page.app.get("page_link")
    assert not page.app.dataframe


def test_each_run_has_a_row_and_with_none_ticked_it_says_how_to_compare(
    page: RunsPage,
) -> None:
    assert page.names == ["third", "second", "first"]
    row = page.table.iloc[1]
    assert row["Changed settings"] == "lr 0.01"
    assert row["Best"] == pytest.approx(90.0)
    assert row["Epoch"] == 2
    assert row["Parameters"] == 4810
    assert row["Status"] == "finished"
    assert list(row["Accuracy"]) == [0.5, 0.9]
    assert any(
        re.match(r"3 runs\. On disk: \d.* of at most 10 GB \(results of runs \d.*\)\.", text)
        for text in page.words
    )
    assert page.charts == 0
    assert page.says("Tick up to 8 runs")
    assert not page.can_press("open-run")
    assert not page.can_press("delete-runs")


def test_ticks_stay_with_their_runs_when_a_new_run_comes_on_top(page: RunsPage) -> None:
    page.tick("first", "third")
    service().submit(Experiment(), name="fourth")
    page.look()
    assert page.names[0] == "fourth"
    assert page.ticked == ["third", "first"]
    assert set(page.chart_rows(0)["label"]) == {"first", "third"}


def test_ticks_outlive_a_visit_to_another_page(page: RunsPage) -> None:
    page.tick("second")
    page.turn_to("playground/ui/pages/train.py")
    page.turn_to(RUNS_PAGE)
    assert page.ticked == ["second"]


def test_the_nickname_of_who_started_a_run_stands_in_the_table(filled: Any) -> None:
    owner = "a" * 24
    filled(
        stored("a", name="hers", owner=owner),
        stored("b", name="mine"),
        stored("c", name="theirs", owner="somebody"),
        stored("d", name="nobody's", owner=""),
    )
    service().people.take(owner, "Ann [x](http://host)")
    page = RunsPage()
    assert dict(zip(page.names, page.table["Owner"], strict=True)) == {
        "hers": "Ann [x](http://host)",
        "mine": "you",
        "theirs": "somebody",
        "nobody's": "the operator",
    }


def test_whose_runs_are_shown_is_remembered_and_asked_only_where_there_are_others(
    filled: Any,
) -> None:
    filled(stored("a", name="hers", owner="her", group="of hers"))
    page = RunsPage()
    page.fill("runs-whose", "Mine")
    assert page.names == []
    assert page.says("No run here is yours: “Everybody's” shows those of others.")
    service().submit(Experiment(), name="mine", owner=ME)
    page.turn_to("playground/ui/pages/train.py")
    page.turn_to(RUNS_PAGE)
    assert page.names == ["mine"]
    assert "Owner" not in page.table
    assert not any(box.key == "runs-group" for box in page.app.selectbox)
    page.fill("runs-whose", "Everybody's")
    assert page.names == ["mine", "hers"]
    service().change("a", deleted_at=1.0)
    page.look()
    assert page.names == ["mine"]
    with pytest.raises(KeyError):
        page.app.get_by_key("runs-whose")


def test_when_and_owner_stand_before_what_only_a_wide_window_has_room_for(filled: Any) -> None:
    filled(stored("a", owner="her", is_starred=True), stored("b"))
    opened = RunFolder.of("b").openings
    opened.write_text(json.dumps([asdict(Opening("n", 1.0, 2, 360, 0.9, 0.875))]))
    columns = list(RunsPage().table.columns)
    assert columns[:7] == ["★", "Run", "Best", "When", "Owner", "Status", "Test"]
    # What is left of 1024 pixels beside the sidebar, the margins and the boxes to tick.
    assert sum(COLUMNS[name]["width"] for name in columns[:6]) <= 600


def test_the_test_accuracy_of_the_first_look_stands_in_the_table_once_there_is_one(
    page: RunsPage,
) -> None:
    assert "Test" not in page.table
    looks = [Opening("n", 1.0, 2, 360, 0.9, 0.875), Opening("m", 2.0, 2, 360, 0.9, 0.975)]
    RunFolder.of("b").openings.write_text(json.dumps([asdict(look) for look in looks]))
    RunFolder.of("c").openings.write_text("no list")
    page.look()
    assert page.table["Test"].tolist() == ["", "87.5 % (83.7–90.5)", ""]


def test_a_failed_run_says_why(filled: Any) -> None:
    filled(
        stored("a", (), name="wild", status=RunStatus.FAILED, message="The loss became infinite.")
    )
    page = RunsPage()
    page.tick("wild")
    assert "wild failed. The loss became infinite." in page.errors
    assert page.table["Status"].tolist() == ["failed 0/20"]


def test_it_looks_again_by_itself_only_while_a_run_is_under_way() -> None:
    done = stored("a")
    running = stored("b", status=RunStatus.RUNNING)
    assert seconds_to_next_look([]) is None
    assert seconds_to_next_look([done]) is None
    assert seconds_to_next_look([done, running]) == POLL_SECONDS


def test_a_real_run_appears_and_is_compared(open_page: Callable[..., AppPage]) -> None:
    # Sizes that no other test has: its runs with other seeds would count here.
    trained = open_page({"training.epochs": "2", "model.hidden_sizes": "[31]"})
    trained.train("Finished 2 epochs")
    page = RunsPage()
    page.until(lambda: page.table["Status"].iloc[0] == "finished")  # once it is on disk
    row = page.table.iloc[0]
    assert row["Best"] == pytest.approx(
        100 * max(e.validation_accuracy for e in trained.run.epochs)
    )
    page.tick(page.names[0])
    assert page.chart_rows(0)["value"].tolist() == [
        record.validation_accuracy for record in trained.run.epochs
    ]


def test_ticks_follow_their_runs_through_every_change_of_the_table() -> None:
    choice = RunChoice()
    assert choice.ticks("abc") == []
    choice.take_ticks([0, 2])
    assert choice.chosen == ("a", "c")
    assert choice.ticks("abc") is None
    assert choice.ticks("xabc") == [1, 3]
    choice.take_ticks([1, 3])
    choice.tick_also("x")
    assert choice.ticks("xabc") == [0, 1, 3]
    assert choice.ticks("bcx") == [1, 2]
    choice.take_ticks([0, 99])
    assert choice.chosen == ("b",)
