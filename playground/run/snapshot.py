"""RunSnapshot: what is known of a run at one moment, and how an event makes the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

from playground.experiment import Experiment
from playground.run import protocol
from playground.run.downsampling import BatchPoint
from playground.run.paces import FULL, PACES
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    best_by_accuracy,
)

# Evaluating an image takes about a third of training on it: no gradients.
_VALIDATION_WEIGHT = 1 / 3


class RunStatus(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    UNREADABLE = "unreadable"  # made by another version, or damaged: `message` says which

    @property
    def is_live(self) -> bool:
        """Whether new records may come without anybody doing anything."""
        return self in (RunStatus.QUEUED, RunStatus.RUNNING)

    @property
    def is_over(self) -> bool:
        """Whether the run will yield nothing more."""
        return not self.is_live and self is not RunStatus.PAUSED


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """A run at one moment: frozen, with no way back into the live object.

    `batches` are the losses of the training batches, downsampled; `message` says why it failed or
    was interrupted; `seconds` is the time spent in it so far, without pauses and what its pace
    waited: by the clock, so the turns of other runs are in it. It tells what is left; what a run
    took is `computing_seconds`. `pace` is a name of `playground.run.paces`.
    """

    run_id: str
    experiment: Experiment
    status: RunStatus = RunStatus.QUEUED
    message: str = ""
    preparation: PreparationRecord | None = None
    started: StartedRecord | None = None
    batch: BatchRecord | None = None
    epochs: tuple[EpochRecord, ...] = ()
    batches: tuple[BatchPoint, ...] = ()
    seconds: float = 0.0
    version: int = 0
    note: str = ""  # a sentence on how the run came to go on, if it was interrupted
    place: int = 0  # in the queue, from 1; 0 for one that does not wait
    pace: str = FULL
    kept: KeptRecord | None = None  # None until a run has said so; older ones never did

    @property
    def best(self) -> EpochRecord | None:
        """The best epoch by validation accuracy so far."""
        return best_by_accuracy(self.epochs)

    @property
    def computing_seconds(self) -> float:
        """How long its epochs took to compute, those before it was continued or forked included."""
        return sum(record.seconds for record in self.epochs)

    @property
    def epoch_progress(self) -> float:
        """How much of the epoch under way is done, from 0 to 1."""
        if not (self.batch and self.started) or self.batch.epoch <= len(self.epochs):
            return 0.0
        training = float(self.started.training_images)
        evaluates_all = self.experiment.training.train_accuracy == "after_epoch"
        evaluated = self.started.validation_images + (training if evaluates_all else 0.0)
        validation = evaluated * _VALIDATION_WEIGHT
        share = self.batch.batch / self.batch.batches
        if self.batch.phase == "train":
            return share * training / (training + validation)
        return (training + share * validation) / (training + validation)

    @property
    def progress(self) -> float:
        """How much of the planned run is done, from 0 to 1."""
        planned = self.experiment.training.epochs
        return min(1.0, (len(self.epochs) + self.epoch_progress) / planned)

    @property
    def seconds_left(self) -> float | None:
        """The time to the planned end, as fast as so far or as slow as its pace; else None."""
        if self.status.is_over or not (progress := self.progress):
            return None
        left = self.seconds * (1 - progress) / progress
        training, pace = self.experiment.training, PACES[self.pace]
        images = self.started.training_images if self.started else 0
        slowly = pace.epoch_of(ceil(images / training.global_batch_size)) * training.epochs
        return max(left, slowly * (1 - progress))


_STATUS_OF = {
    "paused": RunStatus.PAUSED,
    "resumed": RunStatus.RUNNING,
    "stopped": RunStatus.STOPPED,
    "finished": RunStatus.FINISHED,
    "failed": RunStatus.FAILED,
    "interrupted": RunStatus.INTERRUPTED,
}


def _lost(snapshot: RunSnapshot, record: RestoredRecord) -> str:
    """Return what to tell where a run goes on from before its last epoch."""
    done, kept = len(snapshot.epochs), len(record.epochs)
    if kept >= done:
        return ""
    if not kept:
        return "None of its checkpoints could be used, so the run began anew."
    return (
        f"Its last checkpoint that could be used is that of epoch {kept}: what came after it was "
        "trained again."
    )


def fold(snapshot: RunSnapshot, event: Message, seconds: float) -> RunSnapshot:
    """Return the snapshot after `event`, which came `seconds` after the one before it.

    Nothing changes a run that is over: what still comes of it was sent before its end.
    """
    if snapshot.status.is_over:
        return snapshot
    name = event["event"]
    spent = seconds if snapshot.status is RunStatus.RUNNING and snapshot.started else 0.0
    changed = replace(
        snapshot,
        version=snapshot.version + 1,
        seconds=snapshot.seconds + spent,
        status=_STATUS_OF.get(name, snapshot.status),
    )
    if changed.status is RunStatus.QUEUED:
        changed = replace(changed, status=RunStatus.RUNNING, place=0)
    match name:
        case "preparing":
            return replace(changed, preparation=protocol.preparation(event["record"]))
        case "started":
            return replace(changed, preparation=None, started=protocol.started(event["record"]))
        case "restored":
            record = protocol.restored(event["record"])
            return replace(
                changed,
                epochs=record.epochs,
                batches=record.batches,
                batch=None,
                # A fork begins with the epochs of its parent, and with what they took.
                seconds=max(changed.seconds, sum(each.seconds for each in record.epochs)),
                note=" ".join(filter(None, (record.note or changed.note, _lost(snapshot, record)))),
            )
        case "batch":
            return replace(changed, batch=protocol.batch(event["record"]))
        case "epoch":
            done = protocol.epoch(event["record"])
            return replace(changed, epochs=(*changed.epochs, done))
        case "kept":
            return replace(changed, kept=protocol.kept(event["record"]))
        case "note":
            return replace(changed, note=event["message"])
        case "failed" | "interrupted":
            return replace(changed, message=event["message"], note="")
    return changed
