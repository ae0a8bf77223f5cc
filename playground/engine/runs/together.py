"""Together: one run on several devices, each a process of its own; the first one leads.

Here is what is seen from outside, by whoever draws records; `ranks` has what the processes do.
They are forked from a server of processes that has loaded torch once and computes nothing. Whoever
waits for a record lets others have their turn meanwhile. Each process ends as soon as the pipe
that leads to this one is closed, however that came about: also where this one was killed.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from playground.engine.machine.runtime import choose_devices
from playground.engine.runs.journal import AFRESH, Beginning
from playground.engine.training.training_state import TrainingState
from playground.errors import PlaygroundError, WorkerUnavailable
from playground.experiment import Experiment
from playground.run.records import BatchRecord, EpochRecord, PreparationRecord, TurnRecord

if TYPE_CHECKING:
    from playground.engine.runs.execution import RunRecord

_TURN = 0.01  # seconds waited for a record before others have their turn
_LAST_WORDS = 2.0  # seconds in which a process that has ended another one's work shows

_HOW = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class Job(NamedTuple):
    """What a run is to do besides its experiment: see `execute`."""

    folder: Path | None = None
    begin: Beginning = AFRESH
    change_state: Callable[[TrainingState], None] | None = None


def execute_together(experiment: Experiment, job: Job) -> Generator[RunRecord, None, None]:
    """Yield the records of a run on several devices; closing the generator ends the processes.

    Raises what the run raises, and `WorkerUnavailable` where one of the processes has died.
    """
    settings = experiment.training
    choose_devices(settings.device, settings.devices)  # a complaint comes at once
    crew = _Crew(experiment, job)
    try:
        while not crew.has_started(_TURN):
            yield PreparationRecord(f"Starting {settings.devices} processes", waiting=True)
        # Between the last look at validation images and the epoch's record a checkpoint is
        # written: nobody stops the run there, to find an epoch kept that he was never told of.
        is_writing = False
        while True:
            crew.ask()
            while (answer := crew.answer(None if is_writing else _TURN)) is None:
                if not is_writing:
                    yield TurnRecord()
            [record] = answer
            if record is None:
                return
            if isinstance(record, BatchRecord):
                is_writing = record.phase == "validation" and record.batch == record.batches
            elif isinstance(record, EpochRecord):
                is_writing = False
            yield record
    finally:
        crew.close()


class _Crew:
    """The processes of a run: started by a thread, as that may take seconds; ended by `close`."""

    def __init__(self, experiment: Experiment, job: Job) -> None:
        self._size = experiment.training.devices
        self._place = tempfile.TemporaryDirectory(prefix="devices-", ignore_cleanup_errors=True)
        self._processes: list[BaseProcess] = []
        self._words: dict[int, Connection] = {}  # what each process says, by its rank
        self._lifelines: list[Connection] = []
        self._problem: Exception | None = None
        self._lock = Lock()
        self._begun = Event()
        self._is_closed = False
        Thread(target=self._start, args=(experiment, job), name="devices").start()

    def has_started(self, seconds: float) -> bool:
        """Whether all processes are there by then; raises `WorkerUnavailable` for none at all."""
        self._begun.wait(seconds)
        if self._problem is not None:
            raise WorkerUnavailable(
                f"The {self._size} processes of this run do not start: {self._problem}."
            ) from self._problem
        return self._begun.is_set()

    def ask(self) -> None:
        """Let the leader make the next record."""
        if 0 in self._words:
            with suppress(OSError):  # that it has ended shows when it is listened to
                self._words[0].send_bytes(b".")

    def answer(self, seconds: float | None) -> tuple[Any] | None:
        """Return the next record, None in its place at the end; or None where none comes in time.

        Raises what a process raises, and `WorkerUnavailable` where one has died.
        """
        living = [each.sentinel for each in self._processes if each.exitcode is None]
        if not wait([*self._words.values(), *living], seconds):
            return None
        for rank in list(self._words):
            said = self._hear(rank)
            if isinstance(said, Exception):
                self._raise_cause(said)
            if rank == 0 and said is not None:
                return (said[0],)
        self._raise_if_dead()
        return None

    def close(self) -> None:
        """End all processes, those as well that are only being started."""
        with self._lock:
            self._is_closed = True
            if self._begun.is_set():
                self._end()

    def _hear(self, rank: int) -> Any:
        """Return what a process has said: a record in a tuple, or an error; None for nothing."""
        words = self._words[rank]
        try:
            return words.recv() if words.poll() else None
        except (EOFError, OSError):
            del self._words[rank]
            return None

    def _raise_cause(self, error: Exception) -> None:
        """Raise `error`, or what has led to it: one process that ends leaves the others alone."""
        if isinstance(error, PlaygroundError):
            raise error
        until = monotonic() + _LAST_WORDS
        while monotonic() < until and any(each.exitcode is None for each in self._processes):
            wait([each.sentinel for each in self._processes if each.exitcode is None], _TURN)
            self._raise_if_dead()
        for rank in list(self._words):
            if isinstance(said := self._hear(rank), Exception):
                raise said
        raise error

    def _raise_if_dead(self) -> None:
        for rank, process in enumerate(self._processes):
            code = process.exitcode
            has_said_why = rank > 0 or rank in self._words
            if code is None or (code == 0 and has_said_why):
                continue
            how = (
                f"was ended from outside (signal {-code}), by somebody or for lack of memory"
                if code < 0
                else f"has ended (status {code})"
            )
            raise WorkerUnavailable(
                f"Process {rank + 1} of the {self._size} that train this run together {how}, and "
                "so the run has ended. The epochs that it has finished are kept."
            )

    def _start(self, experiment: Experiment, job: Job) -> None:
        try:
            self._begin(experiment, job)
        except Exception as error:  # told by whoever waits
            self._problem = error
        with self._lock:
            self._begun.set()
            if self._is_closed:
                self._end()

    def _begin(self, experiment: Experiment, job: Job) -> None:
        from playground.engine.runs import ranks  # which stands on all of this

        context: Any = multiprocessing.get_context(_HOW)
        if _HOW == "forkserver":
            context.set_forkserver_preload([ranks.__name__])
        pairs = [context.Pipe() for _ in range(1, self._size)]  # of the leader and each other one
        for rank in range(self._size):
            self._words[rank], theirs = context.Pipe()
            life, held = context.Pipe(duplex=False)
            self._lifelines.append(held)
            place = ranks.Place(
                rank,
                self._size,
                words=theirs,
                others=[pair[0] for pair in pairs] if rank == 0 else [pairs[rank - 1][1]],
                lifeline=life,
                store=Path(self._place.name) / "store",
                environment=dict(os.environ),
            )
            process = context.Process(target=ranks.main, args=(place, experiment, job), daemon=True)
            process.start()
            self._processes.append(process)
            theirs.close()
            life.close()
        for pipe in chain(*pairs):
            pipe.close()

    def _end(self) -> None:
        for pipe in (*self._lifelines, *self._words.values()):
            pipe.close()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        self._place.cleanup()
