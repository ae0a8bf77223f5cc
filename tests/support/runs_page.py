"""The Runs page as a visitor sees it, and runs to fill a store with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from app_page import AppPage
from compared import epoch, experiment

from playground.run.info import RunInfo, StoredRun
from playground.run.protocol import Message
from playground.run.records import StartedRecord
from playground.service import RunSnapshot, RunStatus
from playground.service.lanes.lane import OnEnd, OnEvent
from playground.ui.run_choice import TABLE
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


def three() -> tuple[StoredRun, ...]:
    return (
        stored("a", (0.5, 0.8), created_at=1.0, name="first"),
        stored("b", (0.5, 0.9), created_at=2.0, name="second", optimizer__learning_rate=0.01),
        stored("c", (0.4,), created_at=3.0, name="third", training__batch_size=32),
    )
