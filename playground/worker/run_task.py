"""RunTask: one run in the worker, advanced a slice at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from playground.engine.images.shelf import DataShelf
from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import RunRecord, execute
from playground.engine.runs.journal import AFRESH, Beginning
from playground.errors import PlaygroundError, RunTakenOver
from playground.experiment import Experiment
from playground.run import protocol
from playground.run.home import run_folder
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    NoteRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
    best_by_accuracy,
)
from playground.worker.failures import failure

# Progress goes up at most this often; an epoch's end at once.
_REPORT_EVERY = 0.1


class RunTask:
    """A run: its generator of records, and whether anybody calls `next()` on it."""

    def __init__(
        self,
        run_id: str,
        experiment: Experiment,
        emit: Callable[[Message], None],
        shelf: DataShelf,
        begin: Beginning = AFRESH,
    ) -> None:
        self.run_id = run_id
        self.status = "running"
        self.waiting = False  # for something outside, such as a download
        self._emit = emit
        self._planned = experiment.training.epochs
        self._records = execute(experiment, run_folder(run_id), shelf, begin)
        self._torch = TorchState()
        self._stop_after_epoch = False
        self._batch: BatchRecord | None = None  # the last one, not yet sent
        self._losses: list[tuple[float, float]] = []  # (position in epochs, loss), not yet sent
        self._epochs: list[EpochRecord] = []
        self._last_report = 0.0

    @property
    def is_over(self) -> bool:
        """Whether no record will come any more."""
        return self.status in ("finished", "stopped", "failed", "forgotten")

    def pause(self) -> None:
        """Stop calling `next()`."""
        if self.status == "running":
            self.status = "paused"
            self._report_rest()
            self._say("paused")

    def resume(self) -> None:
        """Go on calling `next()`, to the end."""
        self._stop_after_epoch = False
        self._go_on()

    def step(self) -> None:
        """Go on calling `next()`, up to the next epoch's record; after the last one to the end."""
        self._stop_after_epoch = True
        self._go_on()

    def stop(self) -> None:
        """End the run; what it has done so far stays."""
        if not self.is_over:
            self._records.close()
            self.status = "stopped"
            self._report_rest()
            self._say("stopped")

    def forget(self) -> None:
        """Let go of the network without a word: the run goes on later, from its checkpoint."""
        self._records.close()
        self.status = "forgotten"

    def advance(self, deadline: float, interrupted: Callable[[], bool]) -> None:
        """Work until `deadline` (on the monotonic clock), a command, a pause or the end."""
        with self._torch.active():
            while self.status == "running":
                try:
                    record = next(self._records)
                except StopIteration:
                    best = best_by_accuracy(self._epochs)
                    self.status = "finished"
                    self._say("finished", best_epoch=best.epoch if best else 0)
                    return
                except Exception as error:  # whatever it is, the other runs go on
                    self._fail(error)
                    return
                self._report(record)
                self.waiting = isinstance(record, PreparationRecord) and record.waiting
                if self.waiting or interrupted() or monotonic() >= deadline:
                    return

    def _go_on(self) -> None:
        if self.status == "paused":
            self.status = "running"
            self._say("resumed")

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, PlaygroundError):
            logging.getLogger(__name__).exception("run %s failed", self.run_id)
        self.status = "failed"
        self._report_rest()
        event = "interrupted" if isinstance(error, RunTakenOver) else "failed"
        self._say(event, message=failure(error))

    def _report(self, record: RunRecord) -> None:
        match record:
            case BatchRecord():
                self._report_batch(record)
            case EpochRecord():
                self._epochs.append(record)
                self._say("epoch", record=protocol.pack(record))
                if self._stop_after_epoch and record.epoch < self._planned:
                    self._stop_after_epoch = False
                    self.pause()
            case PreparationRecord():
                if self._is_due():
                    self._say("preparing", record=protocol.pack(record))
            case StartedRecord():
                self._say("started", record=protocol.pack(record))
            case KeptRecord():
                self._say("kept", record=protocol.pack(record))
            case NoteRecord():
                self._say("note", message=record.text)
            case RestoredRecord():
                self._epochs = list(record.epochs)
                self._say("restored", record=protocol.pack(record))

    def _report_batch(self, record: BatchRecord) -> None:
        if record.loss is not None:
            self._losses.append((record.position, record.loss))
        self._batch = record
        if record.batch == record.batches or self._is_due():
            self._report_rest()

    def _report_rest(self) -> None:
        """Send what has been held back, so that nobody sees less than there is."""
        if self._batch:
            self._say("batch", record=protocol.pack(self._batch), losses=self._losses)
            self._batch, self._losses = None, []

    def _is_due(self) -> bool:
        now = monotonic()
        if now - self._last_report < _REPORT_EVERY:
            return False
        self._last_report = now
        return True

    def _say(self, event: str, **fields: object) -> None:
        self._emit({"event": event, "run": self.run_id, **fields})
