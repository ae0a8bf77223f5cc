"""Runs that other versions have written: listed, told, and left as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from app_page import TRAIN_PAGE, AppPage

from playground.__main__ import main
from playground.errors import PlaygroundError, UnreadableRun
from playground.experiment import Experiment, stored
from playground.frames.tables import metrics_csv
from playground.run.home import home, run_folder
from playground.run.info import FORMAT, RunInfo
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service import TrainingService
from playground.service.store.store import RunStore
from playground.ui.runs.compared_runs import compared_runs, readable, status_text

RECORD = EpochRecord(1, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 0.1, 1.0)


def fields() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run_folder("run-1") / "run.json").read_bytes())
    found.pop("sum", None)  # of the bytes before they were changed
    return found


def rewrite(changed: dict[str, Any]) -> None:
    """Let the run have been stored by another version, in its folder and in the database."""
    (run_folder("run-1") / "run.json").write_text(json.dumps(changed))
    for file in home().glob("playground.db*"):
        file.unlink()


@pytest.fixture(autouse=True)
def two_runs(playground_home: object) -> None:
    store = RunStore()
    for run_id in ("run-1", "run-2"):
        info = RunInfo(run_id, 1.0, name=run_id, owner="me")
        snapshot = RunSnapshot(run_id, Experiment(), RunStatus.STOPPED, epochs=(RECORD,))
        store.save(info, snapshot)
    store.close()


def newer() -> str:
    rewrite({**fields(), "version": FORMAT + 1, "status": "asleep", "epochs": {}})
    return "format 2"


def unknown_setting() -> str:
    known = fields()
    known["experiment"]["model"]["wings"] = 2
    rewrite(known)
    return "wings"


def unknown_choice() -> str:
    known = fields()
    known["experiment"]["data"]["dataset"] = "weather"
    rewrite(known)
    return "weather"


OTHERS = [newer, unknown_setting, unknown_choice]


@pytest.mark.parametrize("other", OTHERS)
def test_a_run_that_cannot_be_read_is_listed_told_and_left_as_it_is(other: Any) -> None:
    says = other()
    before = fields()
    service = TrainingService()
    runs = {run.info.run_id: run for run in service.runs()}
    assert set(runs) == {"run-1", "run-2"}
    assert (runs["run-1"].info.name, runs["run-1"].info.owner) == ("run-1", "me")
    assert runs["run-1"].snapshot.status is RunStatus.UNREADABLE
    assert says in runs["run-1"].snapshot.message
    assert runs["run-2"].snapshot.epochs == (RECORD,)
    with pytest.raises(UnreadableRun, match=says):
        service.snapshot("run-1")
    with pytest.raises(PlaygroundError, match=says):
        service.store.claim("run-1")
    service.change("run-1", name="Renamed")
    assert service.info("run-1").name == "Renamed"
    assert fields() == {**before, "info": {**before["info"], "name": "Renamed"}}
    service.close()


@pytest.mark.parametrize("other", OTHERS)
def test_comparisons_and_commands_do_without_a_run_that_cannot_be_read(
    other: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    says = other()
    compared = {run.run_id: run for run in compared_runs(RunStore().runs())}
    assert status_text(compared["run-1"]) == "unreadable"
    assert [run.run_id for run in readable(compared.values())] == ["run-2"]
    assert "run-1" not in metrics_csv(list(compared.values()))
    assert main(["runs", "--json"]) == 0
    shown = {line["run"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (shown["run-1"]["status"], shown["run-1"]["dataset"]) == ("unreadable", None)
    assert says in shown["run-1"]["problem"]
    assert shown["run-1"]["seconds"] is None
    assert main(["runs"]) == 0
    table, problems = capsys.readouterr()
    assert "0.0" not in next(line for line in table.splitlines() if line.startswith("run-1"))
    assert says in problems
    assert main(["resume", "run-1"]) == 1
    assert says in capsys.readouterr().err


class NoLane:
    """A lane that refuses every question at once, so that no page waits."""

    def __init__(self, on_event: Callable[[Any], None], on_end: object) -> None:
        self.say = on_event

    def send(self, command: dict[str, Any]) -> None:
        if "request" in command:
            self.say({"event": "refused", "request": command["request"], "message": "Not now."})

    def kill(self) -> None: ...

    def close(self) -> None: ...


def test_pages_show_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    says = unknown_choice()
    service = TrainingService(NoLane)
    monkeypatch.setattr(import_module("playground.service.service"), "_service", service)
    page = AppPage(run="run-1")
    [notice] = [text for text in page.words if says in text]
    assert notice.count(says) == 1
    page.app.switch_page("playground/ui/pages/runs.py")
    page.look()
    assert any("read again from the runs' folders" in element.value for element in page.app.info)
    frame = page.app.dataframe[0].value
    assert list(frame["Status"]) == ["unreadable", "stopped 1/20"]
    unknown = frame[["Changed settings", "Time", "Best", "Parameters"]].isna()
    assert unknown.all(axis=1).tolist() == [True, False]
    assert list(frame["Changed settings"])[1] == "defaults"
    ticks = {"selection": {"rows": [0, 1], "columns": [], "cells": []}}
    page.app.session_state["runs-table"] = ticks
    page.look()
    assert any("run-1 cannot be opened" in text and says in text for text in page.words)
    page.app.session_state["runs-table"] = {"selection": {**ticks["selection"], "rows": [0]}}
    page.look()
    page.press("open-run")
    page.app.switch_page(TRAIN_PAGE)
    page.look()
    assert page.app.session_state["session"].snapshot is None
    service.close()


def test_what_a_newer_version_adds_is_ignored_and_what_is_retired_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(stored.RETIRED, "model.wings", "Networks have no wings any more.")
    known = fields()
    known["experiment"]["model"]["wings"] = 2
    del known["experiment"]["training"]["mystery"], known["version"], known["batches"]
    known["epochs"][0]["something"] = known["info"]["something"] = known["something"] = "new"
    rewrite(known)
    found = RunStore().load("run-1")
    assert found.info == RunInfo("run-1", 1.0, name="run-1", owner="me")
    assert found.snapshot == replace(
        RunSnapshot("run-1", Experiment(), RunStatus.STOPPED, epochs=(RECORD,)),
        note="Networks have no wings any more.",
        version=found.snapshot.version,
    )
