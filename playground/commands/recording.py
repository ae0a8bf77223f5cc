"""Recording: a run of the command line in the store, where pages find it."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from time import time

from playground.errors import NotYours, PlaygroundError, StoreUnavailable
from playground.experiment import Experiment
from playground.run.home import new_run_id
from playground.run.info import RunInfo, StoredRun
from playground.run.protocol import Message
from playground.run.records import EpochRecord
from playground.run.reporter import Reporter
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.keeper import Keeper
from playground.service.live_run import LiveRun
from playground.service.room import Room
from playground.service.store.store import RunStore

_REPORT_EVERY = 0.2  # seconds


class Recording:
    """Follows a run record by record and keeps the store up to date.

    Where the disk refuses, that is told once on stderr, and the run goes on.
    """

    def __init__(self, store: RunStore, run: LiveRun) -> None:
        self._store = store
        self._run = run
        self._command = run.start_command()
        self._reporter = Reporter(run.info.run_id, self._fold, _REPORT_EVERY)
        self._is_warned = False
        self.is_asked_to_stop = False  # by another process
        self._keeper = Keeper(store, lambda: [run], tell=self._warn, on_stop=self._stop)
        self._keeper.flush()

    @classmethod
    def of_new(cls, experiment: Experiment, recipe: str = "") -> Recording:
        """Record a run that begins now, as the recipe of that name where there is one.

        Raises `NoRoom` where what is stored has reached its limit.
        """
        store = RunStore()
        Room(store).check("")
        run_id = new_run_id()
        snapshot = RunSnapshot(run_id, experiment, status=RunStatus.RUNNING)
        return cls(store, LiveRun(RunInfo(run_id, time(), recipe=recipe), snapshot))

    @classmethod
    def of_stored(cls, run_id: str) -> Recording:
        """Record how a run goes on.

        Raises `UnknownRun`, `StoreUnavailable`, `NotYours` where a process that lives has it, and
        `PlaygroundError` where it has finished.
        """
        store = RunStore()
        kept = store.load(run_id)
        if kept.info.unresumable:
            raise PlaygroundError(kept.info.unresumable)
        found = kept.snapshot
        if found.status is RunStatus.FINISHED:
            raise PlaygroundError(
                f"The run {run_id} has finished {len(found.epochs)} of "
                f"{found.experiment.training.epochs} epochs: there is nothing left to resume. "
                "Start a new one with: python -m playground train"
            )
        claim = store.claim(run_id) if found.status.is_over else None
        if claim is None:
            raise NotYours(
                f"The run {run_id} is {found.status} in another process: stop it there first."
            )
        stored: StoredRun = store.load(run_id)
        run = LiveRun(stored.info, replace(stored.snapshot, message=""), claim)
        run.wait()
        return cls(store, run)

    @property
    def run_id(self) -> str:
        """The id under which pages and `resume` find the run."""
        return self._run.info.run_id

    @property
    def problem(self) -> str:
        """Why the store has not all of the run; empty where it has."""
        return self._keeper.problem

    @property
    def experiment(self) -> Experiment:
        """What is being trained."""
        return self._run.snapshot.experiment

    @property
    def begin(self) -> Message:
        """How the run begins, as a worker is told."""
        begin: Message = self._command["begin"]
        return begin

    @property
    def epochs(self) -> tuple[EpochRecord, ...]:
        """The epochs so far, those before an interruption included."""
        return self._run.snapshot.epochs

    def take(self, record: object) -> None:
        """Take in what the run yields."""
        self._reporter.take(record)

    def end(self, event: str, message: str = "") -> None:
        """Store how the run ended: "finished", "stopped", "interrupted" or "failed"."""
        self._reporter.rest()
        self._reporter.say(event, message=message)
        self._close()

    def refuse(self, message: str) -> None:
        """Leave nothing of a run that could not be; one that was under way before has failed."""
        if self._run.resumes:
            self.end("failed", message)
            return
        self._close()
        with suppress(StoreUnavailable):
            self._store.erase(self.run_id)
        self._store.close()

    def _stop(self, run: LiveRun) -> None:
        self.is_asked_to_stop = True

    def _fold(self, event: Message) -> None:
        self._run.take(event)
        self._keeper.note()

    def _close(self) -> None:
        self._keeper.close()
        self._store.close()

    def _warn(self, problem: str) -> None:
        if not self._is_warned:
            self._is_warned = True
            sys.stderr.write(f"{problem}\n")
