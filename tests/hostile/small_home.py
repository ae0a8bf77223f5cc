"""SmallHome: a folder of state with a few tiny runs, and what each comes to undisturbed."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import Any

from playground.commands.recording import Recording
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import beginning
from playground.experiment import Experiment
from playground.run.home import run_folder
from playground.run.info import RunInfo, StoredRun
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.live_run import LiveRun
from playground.service.store.store import RunStore

SMALL = {"data.training_images": 60, "training.batch_size": 16, "training.device": "cpu"}
CNN = {"model.architecture": "simple_cnn", "model.hidden_sizes": [4], "model.batch_norm": True}
KINDS: dict[str, dict[str, Any]] = {
    "finished": {"training.epochs": 3, "model.hidden_sizes": [8]},
    "stopped": {"training.epochs": 4, "model.dropout": 0.3, "model.hidden_sizes": [8]},
    "interrupted": {**CNN, "training.epochs": 5},
    "begun": {"training.epochs": 3, "optimizer.name": "sgd", "optimizer.schedule": "one_cycle"},
}
_STOPS = {"stopped": 2, "interrupted": 3, "begun": 1}
_SHELF = DataShelf()


@dataclass(frozen=True)
class SmallHome:
    """`folder` has the `home` to copy and an older database of it; runs by their ids."""

    folder: Path
    runs: dict[str, StoredRun]
    ends: dict[str, tuple[EpochRecord, ...]]

    def copy(self, target: Path) -> Path:
        """Copy the home to `target`, and let the app use it; return it."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder / "home", target)
        return use(target)


def use(home: Path) -> Path:
    os.environ["PLAYGROUND_HOME"] = str(home)
    return home


def experiment_of(kind: str, **changes: Any) -> Experiment:
    return Experiment().replace({**SMALL, **KINDS[kind], **changes})


def undisturbed(experiment: Experiment) -> tuple[EpochRecord, ...]:
    """Train in this process, with nothing on disk."""
    with TorchState().active():
        stream = execute(experiment, shelf=_SHELF)
        return tuple(record for record in stream if isinstance(record, EpochRecord))


def go_on(recording: Recording, until: int | None = None) -> None:
    """Train what is recorded to its end, or up to an epoch, as the command line does."""
    begin, folder = beginning(recording.begin), run_folder(recording.run_id)
    stream = execute(recording.experiment, folder, _SHELF, begin)
    with TorchState().active(), closing(stream) as records:
        for record in records:
            recording.take(record)
            if isinstance(record, EpochRecord) and record.epoch == until:
                break


def make_home(folder: Path) -> SmallHome:
    """Train the runs, of which one was under way when its process was killed."""
    home = use(folder / "home")
    for kind in KINDS:
        # Ids that are the same each time: a trial can be done again.
        snapshot = RunSnapshot(f"{kind}-run", experiment_of(kind), status=RunStatus.RUNNING)
        recording = Recording(RunStore(), LiveRun(RunInfo(snapshot.run_id, time()), snapshot))
        go_on(recording, _STOPS.get(kind))
        if kind == "interrupted":
            recording._close()
        else:
            recording.end("stopped" if kind in _STOPS else "finished")
        if kind == "stopped":
            shutil.copy(home / "playground.db", folder / "old.db")
    store = RunStore()
    store.change("finished-run", name="The first", is_starred=True)
    runs = {run.info.run_id: run for run in store.runs()}
    store.close()
    assert sorted(run.snapshot.status.value for run in runs.values()) == sorted(
        ["finished", "stopped", "interrupted", "stopped"]
    )
    ends = {run_id: undisturbed(run.snapshot.experiment) for run_id, run in runs.items()}
    return SmallHome(folder, runs, ends)


def same(mine: StoredRun, theirs: StoredRun) -> bool:
    """Whether both are the same run, whatever number of changes the store counts."""
    return replace(mine.snapshot, version=0) == replace(theirs.snapshot, version=0) and (
        mine.info == theirs.info
    )


def same_epochs(mine: tuple[EpochRecord, ...], theirs: tuple[EpochRecord, ...]) -> bool:
    return len(mine) == len(theirs) and all(map(EpochRecord.same_result, mine, theirs))
