"""LiveRun: a run that this process has computed, is computing or is about to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from playground.run.downsampling import LossHistory
from playground.run.info import RunInfo
from playground.run.ownership import fence
from playground.run.protocol import Message
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot, RunStatus, fold
from playground.service.lanes.fleet import LONGEST_BATCH
from playground.service.lanes.needs import Needs
from playground.service.lanes.supervisor import Supervisor

# Bytes per parameter that a run holds: weights, gradients and up to two moments.
_BYTES = 16

_ANSWERS = {"pause": "paused", "stop": "stopped", "resume": "resumed", "step": "resumed"}


class LiveRun:
    """The latest snapshot of a run, how to start it, and what of it is not on disk yet.

    `claim` is the number under which the store knows this process as its owner; `lane` is where
    it is computed, None while it waits. `deaths` counts the workers that died under it since its
    last epoch; `asked` is what its lane was told last and has not answered. `batch_seconds` is what
    a batch takes where that is too long for the usual lanes, else 0. Whoever changes any of it
    holds the service's lock.
    """

    def __init__(self, info: RunInfo, snapshot: RunSnapshot, claim: int = 1) -> None:
        self.info = info
        self.snapshot = snapshot
        self.claim = claim
        self.needs = Needs.of(snapshot.experiment)
        self.one_epoch = False
        self.resumes = False
        self.lane: Supervisor | None = None
        self.deaths = 0
        self.asked = ""
        self.batch_seconds = 0.0
        self.paused_at = 0.0
        self.is_changed = True
        self.stored: Sequence[EpochRecord] = ()
        self.document_at = 0.0  # when `run.json` was last written, on the monotonic clock
        self._starts = 0
        self._losses = LossHistory.of(snapshot.batches)
        self._last_event = monotonic()

    @property
    def takes_turns(self) -> bool:
        """Whether it is computed now."""
        return self.lane is not None and self.snapshot.status.is_live

    @property
    def held_bytes(self) -> int:
        """How much memory it holds in its lane, roughly."""
        started = self.snapshot.started
        return started.parameters * _BYTES if started and self.lane else 0

    def start_command(self) -> Message:
        """Return the command that starts it on a lane, under a fence that none had before."""
        self._starts += 1
        parent = {"parent": self.info.parent, "parent_epoch": self.info.parent_epoch}
        return {
            "command": "start",
            "run": self.info.run_id,
            "experiment": self.snapshot.experiment.model_dump(mode="json"),
            "one_epoch": self.one_epoch,
            "pace": self.snapshot.pace,
            **({} if self.batch_seconds else {"longest": LONGEST_BATCH}),
            "begin": {
                "fence": fence(self.claim, self._starts),
                "resumes": self.resumes,
                **(parent if self.info.parent else {}),
            },
        }

    def take(self, event: Message) -> None:
        """Let an event make the next snapshot."""
        now = monotonic()
        waited = float(event.get("waited", 0.0))
        snapshot = fold(self.snapshot, event, max(0.0, now - self._last_event - waited))
        self._last_event = now
        match event["event"]:
            case "batch":
                for position, loss in event["losses"]:
                    self._losses.add(position, loss)
                snapshot = replace(snapshot, batches=self._losses.points())
            case "restored":
                self._losses = LossHistory.of(snapshot.batches)
            case "epoch":
                self.deaths = 0
            case "paused":
                self.paused_at = now
        if snapshot.status.is_over or event["event"] == _ANSWERS.get(self.asked):
            self.asked = ""
        if snapshot.status.is_over:
            self.lane = None
        self.snapshot = snapshot
        self.is_changed = True

    def wait(self, note: str = "") -> None:
        """Go into the queue again, to go on from the last checkpoint."""
        self.leave()
        self.snapshot = replace(
            self.snapshot,
            status=RunStatus.QUEUED,
            message="",
            batch=None,
            preparation=None,
            note=note or self.snapshot.note,
            version=self.snapshot.version + 1,
        )

    def leave(self) -> None:
        """Leave the lane; when it is started again, it goes on from its last checkpoint."""
        self.lane, self.asked = None, ""
        self.resumes = True
        self.is_changed = True

    def set_pace(self, pace: str) -> None:
        """Say at which pace it is to go."""
        self.snapshot = replace(self.snapshot, pace=pace, version=self.snapshot.version + 1)
        self.is_changed = True

    def set_place(self, place: int) -> None:
        """Tell the place in the queue, from 1."""
        if self.snapshot.place != place:
            self.snapshot = replace(self.snapshot, place=place, version=self.snapshot.version + 1)

    def first_unsaved(self) -> int:
        """Return the first epoch that is not on disk as it is now."""
        pairs = zip(self.stored, self.snapshot.epochs, strict=False)
        return next(
            (mine.epoch for stored, mine in pairs if stored != mine), self._after_those_stored()
        )

    def _after_those_stored(self) -> int:
        return min(len(self.stored), len(self.snapshot.epochs)) + 1
