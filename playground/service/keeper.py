"""Keeper: writes what changes to the store, behind the backs of those who wait for nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Condition, Thread

from playground.errors import StoreUnavailable
from playground.service.live_run import LiveRun
from playground.service.store import RunStore

# How much a killed server may lose of what pages show; the checkpoints lose nothing.
_SECONDS = 0.5


class Keeper:
    """A thread that brings changed runs to disk; `problem` says why it cannot, if it cannot.

    A run goes on in memory while the disk refuses, and is stored once it takes it again.
    """

    def __init__(self, store: RunStore, runs: Callable[[], Iterable[LiveRun]]) -> None:
        self.problem = ""
        self._store = store
        self._runs = runs
        self._wake = Condition()
        self._is_due = False
        self._is_closed = False
        self._thread = Thread(target=self._work, daemon=True, name="keeper")
        self._thread.start()

    def note(self) -> None:
        """Say that something has changed."""
        with self._wake:
            self._is_due = True
            self._wake.notify()

    def flush(self) -> None:
        """Write all that has changed, now."""
        problem = ""
        for run in list(self._runs()):
            if run.is_changed:
                try:
                    self._write(run)
                except StoreUnavailable as error:
                    run.is_changed = True
                    problem = str(error)
        if problem and problem != self.problem:
            logging.getLogger(__name__).warning("%s", problem)
        self.problem = problem

    def close(self) -> None:
        """Write the rest and end the thread."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        self._thread.join(timeout=5)
        self.flush()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._is_due or self._is_closed, None if not self.problem else 5.0
                )
                if self._is_closed:
                    return
                self._is_due = False
            self.flush()
            with self._wake:
                self._wake.wait_for(lambda: self._is_closed, _SECONDS)

    def _write(self, run: LiveRun) -> None:
        run.is_changed = False  # first: a change from here on is written next time
        snapshot, first = run.snapshot, run.first_unsaved
        if not run.is_stored:
            self._store.create(run.info, snapshot)
            run.is_stored = True
            first = 1
        if self._store.save(run.info, snapshot, first) and run.first_unsaved == first:
            run.first_unsaved = len(snapshot.epochs) + 1
