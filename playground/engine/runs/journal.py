"""Journal: what a run leaves on disk as it goes, and how it goes on from there."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import torch
from torch import Tensor

from playground.engine.machine.runtime import environment
from playground.engine.runs.checkpoint import BEST, LAST, PREVIOUS, CheckpointFolder
from playground.engine.runs.kept_weights import KeptWeights
from playground.engine.training.batches import step_count
from playground.engine.training.training import TrainingRecord
from playground.engine.training.training_state import TrainingState
from playground.errors import CheckpointMissing
from playground.experiment import Experiment
from playground.run.artifacts import WEIGHTS, Artifact, Artifacts
from playground.run.downsampling import BatchPoint, LossHistory
from playground.run.files import reason
from playground.run.folder import RunFolder
from playground.run.home import run_folder
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    NoteRecord,
    RestoredRecord,
    StartedRecord,
    best_by_loss,
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a run begins: afresh, from its own last checkpoint, or from an epoch of a parent.

    `fence` is the number under which it writes (see `CheckpointFolder`).
    """

    fence: int = 0
    resumes: bool = False
    parent: Path | None = None
    parent_epoch: int = 0


AFRESH = Beginning()


def beginning(fields: Message) -> Beginning:
    """Read how a run begins: `fence`, `resumes`, `parent` (a run's id) and `parent_epoch`."""
    parent = fields.get("parent")
    return Beginning(
        fence=int(fields.get("fence", 0)),
        resumes=bool(fields.get("resumes")),
        parent=run_folder(parent) if parent else None,
        parent_epoch=int(fields.get("parent_epoch", 0)),
    )


class Journal:
    """The history of a run, written with its state and what it leaves behind after every epoch."""

    def __init__(
        self, experiment: Experiment, started: StartedRecord, folder: RunFolder, begin: Beginning
    ) -> None:
        self._experiment = experiment
        self._started = started
        self._folder = folder.path
        self._begin = begin
        self._artifacts: Artifacts = folder
        self._left: list[Artifact] = []  # what the epoch under way leaves behind
        self._kept: dict[str, int] = {}  # the epoch of each checkpoint there is
        self._weights: KeptWeights | None = None
        self._checkpoints = CheckpointFolder(folder.path, begin.fence)
        self._is_claimed = False
        self._trouble = ""
        try:
            self._claim()
        except OSError as error:  # it is tried again after every epoch
            logging.getLogger(__name__).warning("%s: %s", self._folder, error)
        self._epochs: list[EpochRecord] = []
        # As text and tensor: a thousand small objects took longer to write than the network.
        self._history: list[str] = []
        self._losses = LossHistory()
        versions = environment()
        self._environment: dict[str, Any] = {
            "torch": versions.torch,
            "device": started.device,
            "threads": started.threads,
            "data": started.data_fingerprint,
        }

    def restore(self, state: TrainingState) -> list[RestoredRecord | KeptRecord]:
        """Bring `state` to where the run goes on; return its history, nothing at its beginning.

        Raises `CheckpointMissing` where the parent no longer has the epoch.
        """
        fits = self._experiment, state
        saved = self._checkpoints.load(fits=fits) if self._begin.resumes else None
        if saved is not None:
            state.restore(saved)
            self._kept = {LAST: saved["epoch"], **saved.get("kept", {})}
            self._kept.pop(PREVIOUS, None)  # it may be the one that was loaded
        elif self._begin.parent is not None:
            saved = kept_epoch(self._begin.parent, self._begin.parent_epoch)
            self._fork(state, saved)
        first = self._begin.parent_epoch + 1 if self._begin.parent else 1
        planned = self._experiment.training.epochs
        self._weights = KeptWeights(self._artifacts, state.model, first, planned, state.epoch)
        if saved is None:
            # What pages have of a run that is resumed all the same is nothing to go on from.
            return [RestoredRecord((), ())] if self._begin.resumes else []
        history = json.loads(saved["history"])
        self._epochs = [EpochRecord(**fields) for fields in history]
        self._history = [json.dumps(fields) for fields in history]
        points = _from_tensor(saved["losses"])
        self._losses = LossHistory.of(points)
        restored = RestoredRecord(tuple(self._epochs), points, self._note(saved))
        return [restored, self._keeps()] if self._kept else [restored]

    def take(
        self, record: TrainingRecord, state: TrainingState
    ) -> Iterator[NoteRecord | KeptRecord]:
        """Note a batch; write an epoch down, with what it leaves behind.

        Yields what is kept of the run from now on, and what there is to tell of the disk: one that
        takes no more ends no run, is told once and tried again after each epoch. Raises
        `RunTakenOver`.
        """
        match record:
            case BatchRecord(loss=float(loss)):
                self._losses.add(record.position, loss)
            case Artifact():
                self._left.append(record)
            case EpochRecord():
                yield from self._take_epoch(record, state)

    def _take_epoch(
        self, record: EpochRecord, state: TrainingState
    ) -> Iterator[NoteRecord | KeptRecord]:
        self._epochs.append(record)
        is_best = best_by_loss(self._epochs) is record
        self._history.append(json.dumps(record.numbers()))
        before = self._trouble
        try:
            self._write(record, state, is_best)
        except OSError as error:
            self._trouble = (
                f"What this run leaves behind cannot be written ({reason(error)}), so it trains on "
                "without checkpoints and could not go on after a crash. Make room or allow "
                "writing: it tries again after every epoch."
            )
            logging.getLogger(__name__).info("%s: %s", self._folder, error)
        else:
            self._trouble = ""
            yield self._keeps()
        finally:
            self._left.clear()
        if self._trouble != before:
            yield NoteRecord(self._trouble or "The disk takes what this run leaves behind again.")

    def _keeps(self) -> KeptRecord:
        return KeptRecord(
            tuple(sorted(set(self._kept.values()))), tuple(self._artifacts.epochs(WEIGHTS))
        )

    def _claim(self) -> None:
        if not self._is_claimed:
            self._checkpoints.claim()
            self._is_claimed = True

    def _write(self, record: EpochRecord, state: TrainingState, is_best: bool) -> None:
        self._claim()
        self._checkpoints.check()
        for artifact in self._left:
            self._artifacts.put(artifact)
        kept = {LAST: record.epoch, **({BEST: record.epoch} if is_best else {})}
        if LAST in self._kept:
            kept[PREVIOUS] = self._kept[LAST]
        kept = {**self._kept, **kept}
        self._checkpoints.save(
            {
                **state.saved(),
                "experiment": self._experiment.to_json(),
                "environment": self._environment,
                "history": f"[{','.join(self._history)}]",
                "losses": _to_tensor(self._losses.points()),
                "kept": kept,
            },
            is_best=is_best,
        )
        self._kept = kept
        if self._weights:
            self._weights.take(record.epoch, state.model, record.seconds)

    def _fork(self, state: TrainingState, saved: Mapping[str, Any]) -> None:
        """Take over weights, and of the rest what means the same in the changed experiment."""
        parent = Experiment.from_json(saved["experiment"])
        mine, theirs = self._experiment.optimizer, parent.optimizer
        state.model.load_state_dict(saved["model"])
        state.epoch = saved["epoch"]
        state.restore_randomness(saved)
        if mine.name == theirs.name:
            state.take_over_optimizer(saved["optimizer"])
            state.restore_gradients(saved)
        if mine == theirs and mine.schedule == "constant":
            state.schedule.load_state_dict(saved["schedule"])
            return
        # A schedule depends on the whole run's length: it is walked to where the run goes on.
        with catch_warnings():
            # torch warns that no optimizer has stepped: the parent's has.
            simplefilter("ignore", UserWarning)
            steps = step_count(self._started.batches, self._experiment.training.accumulation)
            for _ in range(state.epoch * steps):
                state.schedule.step()

    def _note(self, saved: Mapping[str, Any]) -> str:
        """Return why the numbers may differ in their last bits; empty where they do not."""
        if self._begin.parent is not None:
            return _change_of_devices(Experiment.from_json(saved["experiment"]), self._experiment)
        before = saved["environment"]
        names = {
            "torch": "the version of PyTorch",
            "device": "the device",
            "threads": "the number of threads",
            "data": "the training images",
        }
        changed = [
            f"{names[key]} ({before.get(key)} before, {value} now)" if key != "data" else names[key]
            for key, value in self._environment.items()
            if before.get(key) != value
        ]
        if not changed:
            return ""
        return f"Continued, but not bit for bit: what differs is {', '.join(changed)}."


def _change_of_devices(before: Experiment, now: Experiment) -> str:
    """Return what differs where a run goes on with another number of devices; else nothing."""
    was, there = before.training, now.training
    if was.devices == there.devices:
        return ""
    return (
        f"Continued on {there.devices} {'devices' if there.devices > 1 else 'device'}, after "
        f"{was.devices} before. A step takes {there.global_batch_size:,} images now and took "
        f"{was.global_batch_size:,}; sums are rounded otherwise, and dropout and batch norm are "
        "each device's own."
    )


def _to_tensor(points: Sequence[BatchPoint]) -> Tensor:
    """Return batch losses as float64 `[N, 5]`."""
    rows = [(point.position, point.mean, point.low, point.high, point.count) for point in points]
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 5)


def _from_tensor(rows: Tensor) -> tuple[BatchPoint, ...]:
    return tuple(
        BatchPoint(position, mean, low, high, int(count))
        for position, mean, low, high, count in rows.tolist()
    )


def kept_epoch(folder: Path, epoch: int) -> dict[str, Any]:
    """Return the checkpoint of `epoch` in a run's folder: its last, the one before, or its best.

    Raises `CheckpointMissing`, which names the epochs that are kept.
    """
    kept = {}
    for name in (LAST, PREVIOUS, BEST):
        if saved := CheckpointFolder(folder).load(name):
            kept[saved["epoch"]] = saved
    if epoch in kept:
        return kept[epoch]
    epochs = ", ".join(map(str, sorted(kept))) or "none"
    raise CheckpointMissing(
        f"Epoch {epoch} of that run is not kept: choose one that is ({epochs})."
    )
