"""LiveRun: a run that this process has computed, is computing or is about to."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from playground.downsampling import LossHistory
from playground.protocol import Message
from playground.service.run_info import RunInfo
from playground.service.snapshot import RunSnapshot, RunStatus, fold


class LiveRun:
    """The latest snapshot of a run, how to start it, and what of it is not on disk yet.

    `begin` goes to the worker with the command to start (see `playground.protocol`); `attempts`
    counts the workers that died under it.
    """

    def __init__(self, info: RunInfo, snapshot: RunSnapshot, *, is_stored: bool = False) -> None:
        self.info = info
        self.snapshot = snapshot
        self.begin: Message = {"fence": 1}
        self.one_epoch = False
        self.attempts = 0
        self.is_on_lane = False
        self.is_stored = is_stored
        self.is_changed = True
        self.first_unsaved = len(snapshot.epochs) + 1
        self._losses = LossHistory.of(snapshot.batches)
        self._last_event = monotonic()

    def take(self, event: Message) -> None:
        """Let an event make the next snapshot."""
        now = monotonic()
        snapshot = fold(self.snapshot, event, now - self._last_event)
        self._last_event = now
        match event["event"]:
            case "batch":
                for position, loss in event["losses"]:
                    self._losses.add(position, loss)
                snapshot = replace(snapshot, batches=self._losses.points())
            case "restored":
                self._losses = LossHistory.of(snapshot.batches)
                self.first_unsaved = 1
        self.snapshot = snapshot
        self.is_changed = True

    def wait(self, note: str = "") -> None:
        """Go back into the queue, to be started with `begin`."""
        self.is_on_lane = False
        self.is_changed = True
        self.snapshot = replace(
            self.snapshot,
            status=RunStatus.QUEUED,
            message="",
            batch=None,
            preparation=None,
            note=note,
            version=self.snapshot.version + 1,
        )

    def set_place(self, place: int) -> None:
        """Tell the place in the queue, from 1."""
        if self.snapshot.place != place:
            self.snapshot = replace(self.snapshot, place=place, version=self.snapshot.version + 1)
