"""Rhythm: when the next batch of a run is due at its pace, and how long it was waited for."""

from __future__ import annotations

from time import monotonic

from playground.run.paces import Pace
from playground.run.records import BatchRecord

# Shorter waits add up to one: a change of turns for each batch of a small network would cost more.
_SHORTEST = 0.03  # seconds


class Rhythm:
    """`due` is the moment of the next batch on the monotonic clock; in the past, it is due now."""

    def __init__(self, pace: Pace) -> None:
        self.due = 0.0
        self._pace = pace
        self._wanted: float | None = None  # when the next batch would come, were no wait too short
        self._since: float | None = None  # what was waited before then is counted
        self._untold = 0.0

    def change(self, pace: Pace) -> None:
        """Go on at another pace, from the next batch on: it is due now."""
        self._pace = pace
        self.go_on()

    def go_on(self) -> None:
        """Let the next batch be due now."""
        self._wanted, self.due = None, min(self.due, monotonic())

    def take(self, record: BatchRecord) -> None:
        """Count a batch that was computed: the next one may be due later."""
        if record.phase != "train" or not (seconds := self._pace.epoch_of(record.batches)):
            return
        now = monotonic()
        before = now if self._wanted is None else self._wanted
        self._wanted = max(before + seconds / record.batches, now)
        if self._wanted - now >= _SHORTEST:
            self._count(now)
            self.due, self._since = self._wanted, now

    def waited(self) -> float:
        """Return the seconds waited for a batch since they were asked for last."""
        self._count(monotonic())
        seconds, self._untold = self._untold, 0.0
        return seconds

    def _count(self, now: float) -> None:
        if self._since is not None:
            self._untold += max(0.0, min(now, self.due) - self._since)
            self._since = now if now < self.due else None
