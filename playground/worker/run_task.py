"""RunTask: one run in the worker, advanced a slice at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from math import inf
from time import monotonic, thread_time

from playground.engine.images.shelf import DataShelf
from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import AFRESH, Beginning
from playground.errors import PlaygroundError, RunTakenOver
from playground.experiment import Experiment
from playground.run.home import run_folder
from playground.run.paces import FULL, pace_of
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    KeptRecord,
    NoteRecord,
    PreparationRecord,
    StartedRecord,
)
from playground.run.reporter import Reporter
from playground.worker.failures import failure
from playground.worker.rhythm import Rhythm

_REPORT_EVERY = 0.1  # seconds

# With the first batch comes what is loaded at its first use.
_SLOWER_AT_FIRST = 3


class RunTask:
    """A run: its generator of records, and whether anybody calls `next()` on it.

    Where a batch takes more than `longest` seconds it lets go of the run, to go on elsewhere.
    """

    def __init__(
        self,
        run_id: str,
        experiment: Experiment,
        emit: Callable[[Message], None],
        shelf: DataShelf,
        begin: Beginning = AFRESH,
        longest: float = inf,
        pace: str = FULL,
    ) -> None:
        self.run_id = run_id
        self.status = "running"
        self.waiting = False  # for something outside, such as a download
        self._emit = emit
        self._rhythm = Rhythm(pace_of(pace))
        self._reporter = Reporter(run_id, emit, _REPORT_EVERY, self._rhythm.waited)
        self._planned = experiment.training.epochs
        self._records = execute(experiment, run_folder(run_id), shelf, begin)
        self._torch = TorchState()
        self._stop_after_epoch = False
        self._longest = longest
        self._allowed = longest * _SLOWER_AT_FIRST

    @property
    def is_over(self) -> bool:
        """Whether no record will come any more."""
        return self.status in ("finished", "stopped", "failed", "forgotten")

    @property
    def due(self) -> float:
        """When it is to be advanced, on the monotonic clock: later where its pace is slow."""
        return self._rhythm.due

    def set_pace(self, pace: str) -> None:
        """Go on at another pace, at once; raises `PlaygroundError` where there is none."""
        self._rhythm.change(pace_of(pace))

    def pause(self) -> None:
        """Stop calling `next()`."""
        if self.status == "running":
            self.status = "paused"
            self._reporter.rest()
            self._reporter.say("paused")

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
            self._reporter.rest()
            self._reporter.say("stopped")

    def forget(self) -> None:
        """Let go of the network without a word: the run goes on later, from its checkpoint."""
        self._records.close()
        self.status = "forgotten"

    def advance(self, deadline: float, interrupted: Callable[[], bool]) -> None:
        """Work until `deadline` (on the monotonic clock), a command, a pause or the end."""
        with self._torch.active():
            while self.status == "running":
                begun = thread_time()  # what others take of the processor is not the run's fault
                try:
                    record = next(self._records)
                except StopIteration:
                    self.status = "finished"
                    self._reporter.say("finished")
                    return
                except Exception as error:  # whatever it is, the other runs go on
                    self._fail(error)
                    return
                seconds = thread_time() - begun
                self._reporter.take(record)
                if isinstance(record, StartedRecord) and record.device != "cpu":
                    self._allowed = inf  # its kernels are loaded with the first batch
                if isinstance(record, BatchRecord):
                    if seconds > self._allowed:
                        self._let_go(seconds)
                        return
                    self._allowed = self._longest
                    self._rhythm.take(record)
                if isinstance(record, EpochRecord) and self._stop_after_epoch:
                    self._stop_after_epoch = False
                    if record.epoch < self._planned:
                        self.pause()
                if isinstance(record, KeptRecord | NoteRecord):
                    continue  # said just before an epoch's record: no pause comes between
                self.waiting = isinstance(record, PreparationRecord) and record.waiting
                now = monotonic()
                if self.waiting or interrupted() or now >= deadline or now < self.due:
                    return

    def _go_on(self) -> None:
        if self.status == "paused":
            self.status = "running"
            self._rhythm.go_on()
            self._reporter.say("resumed")

    def _let_go(self, seconds: float) -> None:
        self.forget()
        self._emit(too_long(self.run_id, seconds, one_epoch=self._stop_after_epoch))

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, PlaygroundError):
            logging.getLogger(__name__).exception("run %s failed", self.run_id)
        self.status = "failed"
        self._reporter.rest()
        event = "interrupted" if isinstance(error, RunTakenOver) else "failed"
        self._reporter.say(event, message=failure(error))


def too_long(run_id: str, seconds: float, *, one_epoch: bool) -> Message:
    """Return the event that says: this run is let go, because a batch of it takes so long."""
    return {"event": "long", "run": run_id, "seconds": seconds, "one_epoch": one_epoch}
