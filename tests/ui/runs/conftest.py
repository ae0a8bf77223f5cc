"""A store of the Runs page, filled beforehand; no lane behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from runs_page import ME, NoLane, RunsPage, three

from playground.run.info import StoredRun
from playground.service import TrainingService
from playground.service.store.store import RunStore


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


@pytest.fixture
def page(filled: Any) -> RunsPage:
    """Visit the page with the three runs."""
    filled(*three())
    return RunsPage()
