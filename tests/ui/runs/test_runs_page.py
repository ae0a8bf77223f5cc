"""The Runs page: every run there is, side by side. Mostly on a store filled beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from app_page import AppPage, plain
from compared import epoch, experiment

from playground.analysis.wording import changed_settings
from playground.experiment import Experiment
from playground.experiment.pitfalls import hidden_pitfall
from playground.frames.tables import metrics_csv
from playground.run.folder import RunFolder
from playground.run.info import RunInfo, StoredRun
from playground.run.protocol import Message
from playground.run.records import StartedRecord
from playground.run.seal import Opening
from playground.service import RunSnapshot, RunStatus, TrainingService, service
from playground.service.lanes.lane import OnEnd, OnEvent
from playground.service.store.store import RunStore
from playground.ui.run_choice import TABLE, RunChoice
from playground.ui.runs.compared_runs import compared_runs, groups_of, in_order, status_text
from playground.ui.runs.run_table import COLUMNS
from playground.ui.runs.runs_view import POLL_SECONDS, seconds_to_next_look
from playground.ui.runs.sweep_view import product_text
from playground.ui.state import RUNS_PAGE

ME = "me"  # the browser of every visitor here
NAMES = ("first", "second", "third")


def stored(
    run_id: str,
    accuracies: Sequence[float] = (0.5, 0.9),
    *,
    status: RunStatus = RunStatus.FINISHED,
    message: str = "",
    created_at: float = 0.0,
    name: str = "",
    group: str = "",
    owner: str = ME,
    is_starred: bool = False,
    **changes: Any,
) -> StoredRun:
    """Return a run with one epoch per accuracy; the rest are changes to its experiment."""
    info = RunInfo(run_id, created_at, name, owner, group, is_starred=is_starred)
    snapshot = RunSnapshot(
        run_id,
        experiment(**changes),
        status,
        message,
        started=StartedRecord(4810, 1221, 216, 20, tuple("0123456789"), "cpu", 1, "print"),
        epochs=tuple(epoch(number, value) for number, value in enumerate(accuracies, start=1)),
        seconds=1.5,
    )
    return StoredRun(info, snapshot)


class RunsPage(AppPage):
    """A visitor on the Runs page."""

    def __init__(self, **query: str) -> None:
        super().__init__(**query)
        self.turn_to(RUNS_PAGE)

    @property
    def table(self) -> pd.DataFrame:
        return self.app.dataframe[0].value

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.table["Run"]]

    @property
    def settings(self) -> pd.DataFrame:
        """The table of the settings that differ."""
        return self.app.dataframe[1].value

    def tick(self, *names: str) -> None:
        rows = [self.names.index(name) for name in names]
        self.app.session_state[TABLE.name] = {
            "selection": {"rows": rows, "columns": [], "cells": []}
        }
        self.look()

    @property
    def ticked(self) -> list[str]:
        state = self.app.session_state[TABLE.name]
        return [self.names[row] for row in state["selection"]["rows"]]

    def fill(self, key: str, value: Any) -> None:
        self.app.get_by_key(key).set_value(value)
        self.look()

    @property
    def name_box(self) -> Any:
        return next(box for box in self.app.text_input if box.label == "Name")

    def rename(self, name: str) -> None:
        self.name_box.set_value(name)
        self.look()

    @property
    def charts(self) -> int:
        return len(self.app.get("vega_lite_chart"))


class NoLane:
    """A lane that trains nothing. Questions are refused at once, so that no page waits for them."""

    def __init__(self, on_event: OnEvent, on_end: OnEnd) -> None:
        self.say = on_event

    def send(self, command: Message) -> None:
        if "request" in command:
            self.say({"event": "refused", "request": command["request"], "message": "Not now."})
        elif command["command"] == "stop":
            self.say({"event": "stopped", "run": command["run"]})

    def close(self) -> None:
        pass

    kill = close


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Make a service whose store has these runs, and no worker that would train."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("playground.ui.identity.token_hex", lambda size: ME)
    module = import_module("playground.service.service")
    made: list[TrainingService] = []

    def fill(*runs: StoredRun) -> None:
        store = RunStore(tmp_path / "home" / "playground.db")
        for run in runs:
            store.save(run.info, run.snapshot)
        made.append(TrainingService(NoLane, store))
        monkeypatch.setattr(module, "_service", made[-1])

    yield fill
    for running in made:
        running.close()


def three() -> tuple[StoredRun, ...]:
    return (
        stored("a", (0.5, 0.8), created_at=1.0, name="first"),
        stored("b", (0.5, 0.9), created_at=2.0, name="second", optimizer__learning_rate=0.01),
        stored("c", (0.4,), created_at=3.0, name="third", training__batch_size=32),
    )


@pytest.fixture
def page(filled: Any) -> RunsPage:
    """Visit the page with the three runs."""
    filled(*three())
    return RunsPage()


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


def test_two_ticked_runs_are_drawn_and_told_apart(page: RunsPage) -> None:
    page.tick("first", "second")
    curves = page.chart_rows(0)
    assert sorted(set(curves["label"])) == ["first", "second"]
    assert curves[curves["label"] == "first"]["value"].tolist() == [0.5, 0.8]
    assert page.says(
        "learning rate 0.001 → 0.01, all else equal, same seed: validation accuracy +10.0 points"
    )
    assert list(page.settings.columns) == ["Run", "Best accuracy", "Learning rate"]
    assert page.settings["Learning rate"].tolist() == ["0.001", "0.01"]
    assert page.chart_rows(1)["accuracy"].tolist() == [0.8, 0.9]


def test_another_baseline_turns_the_sentence_and_another_metric_is_drawn(
    page: RunsPage,
) -> None:
    page.tick("first", "second")
    page.fill("runs-baseline", "b")
    assert page.says("0.01 → 0.001, all else equal")
    assert page.settings["Run"].tolist() == ["second", "first"]
    page.fill("runs-metric", "validation_loss")
    curves = page.chart_rows(0)
    first = curves[curves["label"] == "first"]
    assert first["value"].tolist() == pytest.approx([1.15, 0.46])


def test_train_and_validation_are_drawn_together_and_the_sentence_is_about_the_metric(
    page: RunsPage,
) -> None:
    page.tick("first", "second")
    page.fill("runs-metric", "loss")
    curves = page.chart_rows(0)
    assert curves.groupby(["label", "role"]).size().tolist() == [2] * 4
    assert page.says("validation loss −") or page.says("validation loss +")
    assert page.says("one run of each cannot tell")
    page.fill("runs-metric", "train_accuracy")
    assert page.says("train accuracy +")
    assert not page.says("McNemar")


def test_the_missing_twin_is_offered_started_and_ticked(page: RunsPage) -> None:
    page.tick("second", "third")
    labels = {
        plain(button.label) for button in page.app.button if (button.key or "").startswith("twin-")
    }
    # The twin with the other learning rate is the run called first.
    assert labels == {"Run with one change: batch size 32"}
    page.press("twin-c-0")
    newest = service().runs()[0]
    assert newest.snapshot.experiment == experiment(
        optimizer__learning_rate=0.01, training__batch_size=32
    )
    assert newest.info.owner == page.session.owner
    assert set(page.ticked) == {"second", "third", newest.info.name}


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


def test_more_than_eight_ticked_runs_are_said_to_be_too_many_for_one_picture(filled: Any) -> None:
    filled(
        *(
            stored(f"r{number}", created_at=number, name=f"n{number}", training__batch_size=number)
            for number in range(10, 20)
        )
    )
    page = RunsPage()
    page.tick(*page.names)
    assert page.says("10 runs are ticked")
    assert page.says("the newest are drawn, and not n10, n11.")
    assert set(page.chart_rows(0)["label"]) == {f"n{number}" for number in range(12, 20)}


def test_a_starred_run_comes_first_and_back(page: RunsPage) -> None:
    page.tick("first")
    page.press("star")
    assert page.names == ["first", "third", "second"]
    assert page.table["★"].tolist() == ["★", "", ""]
    assert page.ticked == ["first"]
    page.press("star")
    assert page.names == ["third", "second", "first"]


def test_a_new_name_is_kept_and_shown_letter_by_letter(page: RunsPage) -> None:
    page.tick("first", "second")
    page.tick("first")
    page.rename("  **bold**  run ")
    assert page.names[-1] == "**bold** run"
    assert service().info("a").name == "**bold** run"
    page.tick("**bold** run", "second")
    page.fill("runs-baseline", "a")
    headings = [element.value for element in page.app.markdown]
    assert any(r"\*\*bold\*\* run" in text for text in headings)


def test_deleted_runs_leave_the_table_until_undo(page: RunsPage) -> None:
    page.tick("first", "second")
    page.press("delete-runs")
    assert page.names == ["third"]
    assert page.says("2 runs are deleted")
    page.press("undo")
    assert page.names == ["third", "second", "first"]
    assert page.ticked == ["second", "first"]


def test_the_last_run_can_be_deleted_and_brought_back(filled: Any) -> None:
    filled(three()[0])
    page = RunsPage()
    page.tick("first")
    page.press("delete-runs")
    assert page.says("There are no runs yet"), page.words
    page.press("undo")
    assert page.names == ["first"]


CHANGING = ("rename-box", "star", "stop-runs", "delete-runs")


def closed(page: RunsPage) -> dict[str, str]:
    """Return the buttons that change runs and cannot be pressed, with what they say."""
    found = {"rename-box": page.app.get("popover")[0].proto.popover}
    found |= {key: page.app.button(key=key).proto for key in CHANGING[1:]}
    return {key: each.help.replace("\\", "") for key, each in found.items() if each.disabled}


@pytest.mark.parametrize(("owner", "whose"), [("somebody", "somebody else"), ("", "the operator")])
def test_a_run_of_others_can_be_compared_and_the_buttons_say_why_it_cannot_be_changed(
    owner: str, whose: str, filled: Any
) -> None:
    filled(stored("a", name="theirs", owner=owner), stored("b", name="mine"))
    service().submit(Experiment(), name="live", owner=owner)
    page = RunsPage()
    page.tick("theirs")
    assert page.charts
    assert set(closed(page)) == set(CHANGING)
    for key, done in zip(CHANGING, ("renamed", "starred", "", "deleted"), strict=True):
        words = f"This run belongs to {whose}"
        assert closed(page)[key].startswith(words) == bool(done)  # there is nothing to stop
        assert f"it cannot be {done} by you" in closed(page)[key] or not done
    page.tick("live")
    assert "it cannot be stopped by you" in closed(page)["stop-runs"]
    page.tick("theirs", "live", "mine")
    assert "2 of these 3 runs are not yours" in closed(page)["delete-runs"]
    page.tick("mine")
    assert set(closed(page)) == {"stop-runs"}


@pytest.mark.parametrize("key", CHANGING[1:])
def test_whoever_is_somebody_else_by_now_changes_nothing(key: str, filled: Any) -> None:
    filled(stored("a", name="mine"))
    live = service().submit(Experiment(), name="live", owner=ME)
    page = RunsPage()
    page.tick("live")
    before = service().info("a"), service().info(live)
    page.session.browser = "somebody else"
    page.press(key)
    assert any("This run belongs to somebody else" in text for text in page.warnings)
    assert (service().info("a"), service().info(live)) == before
    assert not service().snapshot(live).status.is_over
    assert not page.says("deleted.")


def test_a_name_typed_by_whoever_is_somebody_else_by_now_is_not_kept(filled: Any) -> None:
    filled(stored("a", name="mine"))
    page = RunsPage()
    page.tick("mine")
    page.session.browser = "somebody else"
    page.rename("theirs now")
    assert any("cannot be renamed by you" in text for text in page.warnings)
    assert service().info("a").name == "mine"


def test_a_teacher_with_the_key_stops_renames_deletes_and_brings_back(
    filled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_TEACHER_KEY", "a key of a teacher")
    filled(stored("a", name="theirs", owner="somebody"))
    live = service().submit(Experiment(), name="live", owner="somebody")
    page = RunsPage()
    page.fill("teachers-key", "a key of a pupil")
    page.press("who-teacher")
    assert any("not the teacher's key" in text for text in page.warnings)
    page.fill("teachers-key", "a key of a teacher")
    page.press("who-teacher")
    assert page.says("You hold the teacher's key")
    assert "a key of a teacher" not in repr(page.app.session_state)
    page.tick("live")
    page.press("stop-runs")
    assert service().snapshot(live).status is RunStatus.STOPPED
    page.tick("theirs")
    page.rename("better")
    assert "better" in page.names
    page.press("delete-runs")
    assert page.names == ["live"]
    page.press("undo")
    assert sorted(page.names) == ["better", "live"]
    page.press("who-no-teacher")
    page.tick("better")
    assert "cannot be deleted by you" in closed(page)["delete-runs"]
    stranger = RunsPage()
    assert not stranger.session.is_teacher


def test_undo_is_refused_where_deleting_is(filled: Any) -> None:
    filled(stored("a", name="mine"))
    page = RunsPage()
    page.tick("mine")
    page.press("delete-runs")
    page.session.browser = "somebody else"
    page.press("undo")
    assert any("cannot be deleted by you" in text for text in page.warnings)
    assert service().runs() == []


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


def test_the_box_to_rename_opens_with_the_name_there_is(filled: Any) -> None:
    filled(stored("a", training__pitfalls=["leaked"]), stored("b", name="given"))
    page = RunsPage()
    page.tick("given")
    assert page.name_box.value == "given"
    page.tick(next(name for name in page.names if name != "given"))
    assert page.name_box.value == "MLP on Digits"
    page.rename("other")
    assert service().info("a").name == "other"
    assert page.name_box.value == "other"
    page.rename("")
    assert service().info("a").name == ""
    assert page.name_box.value == "MLP on Digits"


def test_a_name_of_others_gives_no_command(filled: Any) -> None:
    filled(stored("a", name="\u202egnp.exe\x1b[2J", group="g\x07"))
    page = RunsPage()
    assert page.names == [r"\u202egnp.exe\x1b[2J"]
    assert page.app.get_by_key("runs-group").options == ["All runs", r"g\x07"]


def test_open_shows_the_run_on_the_train_page(page: RunsPage) -> None:
    page.tick("second")
    page.press("open-run")
    assert page.run_id == "b"
    assert page.session.run_id == "b"
    assert page.metrics["Validation accuracy"] == "90.0 %"


def test_a_failed_run_says_why(filled: Any) -> None:
    filled(
        stored("a", (), name="wild", status=RunStatus.FAILED, message="The loss became infinite.")
    )
    page = RunsPage()
    page.tick("wild")
    assert "wild failed. The loss became infinite." in page.errors
    assert page.table["Status"].tolist() == ["failed 0/20"]


def test_repeating_a_run_queues_the_seeds_that_are_missing(page: RunsPage) -> None:
    page.tick("first")
    page.press("seeds-3")
    copies = [run for run in service().runs() if run.info.group]
    assert sorted(run.snapshot.experiment.training.seed for run in copies) == [1, 2]
    assert {run.info.group for run in copies} == {"first: 3 seeds"}
    assert not page.can_press("seeds-3")
    assert page.ticked == ["first"]


def test_seeds_are_drawn_as_bands_and_judged_by_their_noise(filled: Any) -> None:
    filled(
        *(
            stored(
                f"{name}{seed}",
                (0.5, best),
                created_at=seed,
                name=f"{name}, seed {seed}",
                training__seed=seed,
                optimizer__learning_rate=rate,
            )
            for name, rate, values in (
                ("slow", 0.001, (0.70, 0.71, 0.72)),
                ("fast", 0.01, (0.90, 0.91, 0.93)),
            )
            for seed, best in enumerate(values)
        )
    )
    page = RunsPage()
    page.tick("slow, seed 0", "fast, seed 0")
    curves = page.chart_rows(0)
    assert set(curves["label"]) == {"slow (3 seeds)", "fast (3 seeds)"}
    assert page.says("paired t test over 3 seeds: more than chance")
    assert page.says("**standard error** to either side")
    whiskers = page.chart_rows(1)
    assert whiskers[whiskers["is_group"]]["label"].tolist() == ["fast", "slow"]
    page.fill("runs-metric", "validation_loss")
    assert page.says("mean validation loss")
    page.fill("runs-metric", "validation_accuracy")
    page.fill("runs-draw", "Each run")
    assert set(page.chart_rows(0)["label"]) == {"slow, seed 0", "fast, seed 0"}


def sweep(page: RunsPage, **lists: Any) -> None:
    if page.app.dataframe:  # without a run there is nothing but a sweep to start
        page.fill("runs-view", "Sweep")
    for number, (name, value) in enumerate(lists.items(), start=1):
        path = name.replace("__", ".")
        page.fill(f"sweep-setting-{number}", path)
        page.fill(f"sweep-{path}", value)


def test_a_sweep_starts_every_combination_as_a_group(page: RunsPage) -> None:
    sweep(page, optimizer__learning_rate="0.1, 0.01", optimizer__name=["sgd", "adam"])
    assert page.says("2 of learning rate × 2 of optimizer = 4 runs.")
    page.press_label("Start 4 runs")
    started = [run for run in service().runs() if run.info.group]
    assert len(started) == 4
    assert {run.info.group for run in started} == {
        "MLP on Digits: learning rate × optimizer, 4 runs"
    }
    assert {
        (run.snapshot.experiment.optimizer.learning_rate, run.snapshot.experiment.optimizer.name)
        for run in started
    } == {(0.1, "sgd"), (0.1, "adam"), (0.01, "sgd"), (0.01, "adam")}
    assert "lr 0.1 · SGD" in {run.info.name for run in started}
    assert page.chart_rows(0)["text"].tolist() == ["queued"] * 4


def test_what_was_typed_in_the_moment_before_start_is_what_is_swept(page: RunsPage) -> None:
    sweep(page, training__batch_size="32, 64")
    page.app.get_by_key("sweep-training.batch_size").set_value("16")
    page.press("start-sweep")
    [run] = [run for run in service().runs() if run.info.group]
    assert run.snapshot.experiment.training.batch_size == 16
    sweep(page, training__batch_size="32, 64")
    page.app.get_by_key("sweep-training.batch_size").set_value("")
    page.press("start-sweep")
    assert any("No value to try is written yet." in warning for warning in page.warnings)


def test_the_same_sweep_again_is_a_group_of_its_own(filled: Any) -> None:
    filled()
    page = RunsPage()
    sweep(page, training__batch_size="32, 64")
    page.press_label("Start 2 runs")
    page.press_label("Start 2 runs")
    assert len({run.info.group for run in service().runs()}) == 2


def test_a_sweep_over_choices_and_switches_and_the_seed_says_so_in_the_names(
    page: RunsPage,
) -> None:
    sweep(page, model__batch_norm=[False, True], training__seed="1 2")
    page.press_label("Start 4 runs")
    names = {run.info.name for run in service().runs() if run.info.group}
    assert names == {f"{norm}batch norm · seed {seed}" for norm in ("", "no ") for seed in (1, 2)}
    assert page.chart_rows(0)["x"].tolist() == ["off", "on"]
    sweep(page, training__seed="5 6 7")
    page.fill("sweep-setting-2", None)
    page.press_label("Start 3 runs")
    # With the run called first, which has the fourth seed: it alone has an epoch.
    assert page.chart_rows(0)["text"].tolist() == ["80.0 %"]
    assert not page.says("The best")


def test_what_was_typed_for_a_setting_is_there_when_it_is_chosen_again(page: RunsPage) -> None:
    sweep(page, model__dropout="0 0.5", model__activation=["tanh"])
    page.fill("sweep-setting-1", "training.seed")
    page.fill("sweep-setting-2", None)
    assert page.says("No value to try is written yet.")
    page.turn_to("playground/ui/pages/train.py")
    page.turn_to(RUNS_PAGE)
    page.fill("sweep-setting-1", "model.dropout")
    page.fill("sweep-setting-2", "model.activation")
    assert page.says("2 of dropout × 1 of activation = 2 runs.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fast", "is not a number"),
        ("0.1 99", "at most 10"),
        (" ".join(f"0.{number:03}" for number in range(1, 66)), "at most 64 are allowed"),
    ],
)
def test_a_sweep_that_cannot_be_says_why_and_starts_nothing(
    page: RunsPage, text: str, words: str
) -> None:
    sweep(page, optimizer__learning_rate=text)
    assert any(words in warning for warning in page.warnings)
    assert not page.can_press("start-sweep")


def test_the_outcome_of_a_sweep_names_and_opens_the_best(filled: Any) -> None:
    filled(
        *(
            stored(
                f"s{number}",
                (accuracy,),
                name=f"lr {rate}",
                group="my sweep",
                created_at=number,
                optimizer__learning_rate=rate,
            )
            for number, (rate, accuracy) in enumerate([(0.1, 0.3), (0.01, 0.9), (0.001, 0.6)])
        )
    )
    page = RunsPage()
    sweep(page)
    cells = page.chart_rows(0)
    assert cells["x"].tolist() == ["0.001", "0.01", "0.1"]
    assert cells[cells["best"]]["accuracy"].tolist() == [0.9]
    assert page.says("The best of 3 is lr 0.01: 90.0 % validation accuracy in epoch 1.")
    page.press("open-best")
    assert page.run_id == "s1"


def test_compare_and_sweep_count_the_same_seeds_and_star_the_same_of_equals(filled: Any) -> None:
    def one(run_id: str, seed: int, accuracy: float, at: float, **more: Any) -> StoredRun:
        return stored(run_id, (accuracy,), name=run_id, created_at=at, training__seed=seed, **more)

    filled(
        one("original", 0, 0.98, 1.0),
        *(one(f"copy-{seed}", seed, 0.99, 2.0, group="copies") for seed in (1, 2)),
        one("broken", 3, 0.9, 3.0, group="copies", status=RunStatus.FAILED),
        one("wide", 0, 0.9, 4.0, group="sizes", model__hidden_sizes=[32]),
        one("narrow", 0, 0.9, 5.0, group="sizes", model__hidden_sizes=[8]),
    )
    page = RunsPage()
    spread = "4 seeds, of them 1 failed: 96.5 % on average. Standard deviation 4.36 points"
    page.tick("original", "wide")
    assert page.chart_rows(0)["label"].tolist()[0] == "original (4 seeds, of them 1 failed)"
    sweep(page)
    page.fill("sweep-group", "copies")
    assert page.says(spread)
    page.fill("sweep-group", "sizes")
    cells = page.chart_rows(0)
    assert cells[cells["best"]]["x"].tolist() == ["32"]
    assert page.says(
        "The best of 2 is wide: 90.0 % validation accuracy in epoch 1. 1 more has the same"
    )


def test_sixty_four_runs_of_a_group_are_shown_alone_when_it_is_chosen(filled: Any) -> None:
    many = (
        stored(f"s{number}", name=f"n{number}", group="big", training__seed=number)
        for number in range(64)
    )
    filled(three()[0], *many)
    page = RunsPage()
    assert len(page.table) == 65
    page.fill("runs-group", "big")
    assert len(page.table) == 64
    page.tick(*page.names)
    page.press("delete-runs")
    assert page.names == ["first"]


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


def test_runs_without_a_name_are_called_by_what_they_learn_and_what_is_different() -> None:
    fast: dict[str, Any] = {"optimizer__learning_rate": 0.01}
    runs = [
        stored("b", created_at=2.0),
        stored("a", created_at=1.0),
        stored("c", **fast),
        stored(
            "d", model__architecture="linear", **fast, training__seed=2, optimizer__momentum=0.5
        ),
        stored(
            "e",
            **fast,
            training__epochs=5,
            training__batch_size=32,
            model__dropout=0.5,
            training__seed=1,
        ),
        stored("f", status=RunStatus.UNREADABLE, **fast),
    ]
    assert [run.name for run in compared_runs(runs)] == [
        "MLP on Digits (b)",
        "MLP on Digits",
        "MLP on Digits · lr 0.01",
        "Linear on Digits · lr 0.01 · seed 2",
        "MLP on Digits · dropout 0.5 · lr 0.01 · epochs 5 · 2 more",
        "Unreadable run",
    ]
    assert compared_runs(runs)[0].unmarked == "MLP on Digits"


def test_a_name_stays_when_another_run_of_that_name_is_deleted_or_comes(filled: Any) -> None:
    filled(
        *(stored(f"{letter}bcdefgh", created_at=at) for at, letter in enumerate("xyz")),
        stored("zbcdxxxx", created_at=9.0),
        stored("m", name="same", created_at=4.0),
        stored("n", name="same", created_at=5.0),
    )
    page = RunsPage()
    names = {"MLP on Digits", "MLP on Digits (ybcd)", "MLP on Digits (zbcd)"}
    names |= {"MLP on Digits (zbcdxxxx)", "same", "same (n)"}
    assert set(page.names) == names
    page.tick("MLP on Digits")
    page.press("delete-runs")
    assert set(page.names) == names - {"MLP on Digits"}
    service().submit(experiment(), owner=ME)
    page.look()
    assert set(page.names) > names - {"MLP on Digits"}
    assert "MLP on Digits" not in page.names


def test_a_run_that_went_on_from_another_names_it() -> None:
    parent, forked, orphan = stored("a"), stored("b"), stored("c")
    forked = replace(forked, info=replace(forked.info, parent="a", parent_epoch=2))
    orphan = replace(orphan, info=replace(orphan.info, parent="x", parent_epoch=9))
    assert [run.origin for run in compared_runs([parent, forked, orphan])] == [
        "",
        "MLP on Digits at epoch 2",
        "a run that is gone at epoch 9",
    ]


def test_starred_runs_come_before_newer_ones() -> None:
    runs = [
        stored("old", created_at=1.0, is_starred=True),
        stored("new", created_at=3.0),
        stored("newest", created_at=4.0),
    ]
    assert [run.info.run_id for run in in_order(runs)] == ["old", "newest", "new"]


def test_groups_are_in_the_order_of_their_newest_run() -> None:
    runs = compared_runs(
        [
            stored("a", created_at=1.0, group="one"),
            stored("b", created_at=2.0, group="two"),
            stored("c", created_at=3.0, group="one"),
            stored("d", created_at=4.0),
        ]
    )
    assert groups_of(runs) == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "epochs", "text"),
    [
        (RunStatus.FINISHED, 2, "finished"),
        (RunStatus.QUEUED, 0, "queued"),
        (RunStatus.QUEUED, 1, "queued 1/20"),
        (RunStatus.RUNNING, 1, "running 1/20"),
        (RunStatus.FAILED, 0, "failed 0/20"),
    ],
)
def test_the_status_says_how_far_a_run_is(status: RunStatus, epochs: int, text: str) -> None:
    run = compared_runs([stored("a", [0.5] * epochs, status=status)])[0]
    assert status_text(run) == text


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


def test_the_product_of_a_sweep_is_written_out() -> None:
    lists = {"optimizer.learning_rate": [0.1, 0.01, 0.001], "training.batch_size": [32, 64]}
    assert product_text(lists, 6) == "3 of learning rate × 2 of batch size = 6 runs."
    assert product_text({}, 0) == "No value to try is written yet."


# Pitfalls.


def test_a_run_with_pitfalls_is_marked_wherever_it_appears(filled: Any) -> None:
    filled(
        stored("a", (0.5, 0.9), created_at=1.0, name="clean"),
        stored("b", (0.5, 0.6), created_at=2.0, training__pitfalls=["softmax_twice"]),
        stored("c", (0.5, 0.6), created_at=3.0, name="own", training__pitfalls=["leaked"]),
    )
    page = RunsPage()
    name = "⚠ MLP on Digits, Softmax before cross-entropy"
    assert page.names == ["⚠ own", name, "clean"]
    assert page.table["Changed settings"].tolist() == [
        "⚠ Validation images leaked into training",
        "⚠ Softmax before cross-entropy",
        "defaults",
    ]
    page.tick("clean", name)
    assert set(page.chart_rows(0)["label"]) == {"clean", name}
    assert page.says(
        "pitfall “Softmax before cross-entropy” switched on, all else equal, same seed: "
        "validation accuracy −30.0 points"
    )
    assert page.settings["Pitfalls"].tolist() == ["none", "⚠ Softmax before cross-entropy"]


def test_runs_made_from_a_marked_one_are_called_after_its_own_name(filled: Any) -> None:
    filled(
        stored("a", created_at=1.0, name="clean"),
        stored("b", created_at=2.0, training__pitfalls=["softmax_twice", "leaked"]),
    )
    page = RunsPage()
    page.tick("⚠ MLP on Digits, 2 pitfalls", "clean")
    page.fill("runs-baseline", "b")
    labels = {
        plain(button.label) for button in page.app.button if (button.key or "").startswith("twin-")
    }
    assert labels == {
        "Run with one change: without Softmax before cross-entropy",
        "Run with one change: without Validation images leaked into training"[:60],
    }
    page.press("twin-a-0")
    newest = service().runs()[0]
    assert newest.info.name == "without Softmax before cross-entropy, twin of MLP on Digits"
    assert newest.snapshot.experiment.training.pitfalls == ("leaked",)
    assert page.names[0] == f"⚠ {newest.info.name}"
    page.tick(page.names[1])
    page.press("seeds-3")
    assert {run.info.name for run in service().runs()[:2]} == {
        "MLP on Digits, seed 1",
        "MLP on Digits, seed 2",
    }


def test_what_a_mystery_hides_is_named_only_where_it_is_known() -> None:
    run = stored("a", training__mystery="K7QF")
    label = hidden_pitfall("K7QF").label
    [hidden] = compared_runs([run])
    assert hidden.name == "⚠ MLP on Digits, mystery K7QF"
    assert label not in metrics_csv([hidden])
    assert "K7QF" in metrics_csv([hidden])
    [known] = compared_runs([run], frozenset({"K7QF"}))
    assert known.name == f"⚠ MLP on Digits, mystery K7QF: {label}"
    assert known.unmarked == "MLP on Digits"
    assert changed_settings(known.experiment, known.revealed) == f"mystery K7QF: {label}"


def test_a_mystery_that_was_found_is_named_in_the_table_of_that_tab_alone(filled: Any) -> None:
    filled(stored("a", name="my run", training__mystery="K7QF"))
    page, other = RunsPage(), RunsPage()
    page.session.guesses.give_up("K7QF")
    page.look()
    label = hidden_pitfall("K7QF").label
    assert page.table["Changed settings"].tolist() == [f"mystery K7QF: {label}"]
    other.look()
    assert other.table["Changed settings"].tolist() == ["mystery K7QF"]
    assert other.names == ["⚠ my run"]
