"""Reporter: a run's records as the events that tell of it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from playground.run import protocol
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    NoteRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    TurnRecord,
)

_EVENTS: dict[type, str] = {
    PreparationRecord: "preparing",
    StartedRecord: "started",
    RestoredRecord: "restored",
    KeptRecord: "kept",
    BatchRecord: "batch",
    EpochRecord: "epoch",
}


class Reporter:
    """Passes events of one run to `emit`: those of progress at most every `interval` seconds.

    A small network has a thousand batches a second. The last of an epoch is always told. `waited`
    returns the seconds that were waited since it was called last.
    """

    def __init__(
        self,
        run_id: str,
        emit: Callable[[Message], None],
        interval: float,
        waited: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._run_id = run_id
        self._emit = emit
        self._interval = interval
        self._waited = waited
        self._told_at = 0.0
        self._preparing = ""  # what was told last to be under way before the first batch
        self._batch: BatchRecord | None = None  # the last one, not yet told
        self._losses: list[tuple[float, float]] = []  # (position in epochs, loss), not yet told

    def take(self, record: object) -> None:
        """Tell of a record, or hold it back until the next one."""
        match record:
            case BatchRecord():
                if record.loss is not None:
                    self._losses.append((record.position, record.loss))
                self._batch = record
                if record.batch == record.batches or self._is_due():
                    self.rest()
            case TurnRecord():
                pass
            case NoteRecord():
                self.say("note", message=record.text)
            case PreparationRecord() if not self._is_due() and record.message == self._preparing:
                pass
            case _:
                if isinstance(record, PreparationRecord):
                    self._preparing = record.message
                self.say(_EVENTS[type(record)], record=protocol.pack(record))

    def rest(self) -> None:
        """Tell what has been held back, so that nobody sees less than there is."""
        if self._batch:
            self.say("batch", record=protocol.pack(self._batch), losses=self._losses)
            self._batch, self._losses = None, []

    def say(self, event: str, **fields: object) -> None:
        """Tell of something that is no record, such as "paused"."""
        if waited := self._waited():
            fields["waited"] = waited
        self._emit({"event": event, "run": self._run_id, **fields})

    def _is_due(self) -> bool:
        now = monotonic()
        if now - self._told_at < self._interval:
            return False
        self._told_at = now
        return True
