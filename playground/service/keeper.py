"""Keeper: writes what changes to the store, behind the backs of those who wait for nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from threading import Condition, RLock, Thread
from time import monotonic, time

from playground.errors import StoreUnavailable
from playground.service.live_run import LiveRun
from playground.service.store.store import RunStore
from playground.service.store.thinning import thin_predictions

# How much a killed server may lose of what pages show; the checkpoints lose nothing.
_SECONDS = 0.5

# The document is for a database that gets lost: it waits for the disk each time it is written.
_DOCUMENT_SECONDS = 5.0

# A disk that refuses is tried again after this time, even if nothing has changed.
_PATIENCE = 5.0

# For so long can a deleted run be had back.
_DELETED_SECONDS = 86_400.0


class Keeper:
    """A thread that brings changed runs to disk; `problem` says why it cannot, if it cannot.

    A run goes on in memory while the disk refuses, and is stored once it takes it again. `lock`
    guards the runs; `on_stored` is told of each one that is on disk as it is.
    """

    def __init__(
        self,
        store: RunStore,
        runs: Callable[[], Iterable[LiveRun]],
        lock: RLock | None = None,
        on_stored: Callable[[LiveRun], None] = lambda run: None,
    ) -> None:
        self.problem = ""
        self._store = store
        self._runs = runs
        self._lock = lock or RLock()
        self._on_stored = on_stored
        self._flushing = RLock()
        self._wake = Condition()
        self._is_due = False
        self._is_closed = False
        self._thread = Thread(target=self._work, daemon=True, name="keeper")
        self._thread.start()

    def note(self) -> None:
        """Say that something has changed."""
        if self._is_due:
            return  # not taken yet: to wake the thread for every batch would cost more than writing
        with self._wake:
            self._is_due = True
            self._wake.notify()

    def flush(self) -> None:
        """Write all that has changed, now."""
        with self._flushing:
            problems = [self._write(run) for run in list(self._runs()) if run.is_changed]
            problem = next(filter(None, problems), "")
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
        self._tidy()
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._is_due or self._is_closed, _PATIENCE if self.problem else None
                )
                if self._is_closed:
                    return
                self._is_due = False
            self.flush()
            with self._wake:
                self._wake.wait_for(lambda: self._is_closed, _SECONDS)

    def _tidy(self) -> None:
        if not self._store.file.exists():
            return  # nothing is made before there is something to keep
        try:
            self._store.tidy(time() - _DELETED_SECONDS)
            self._store.runs()  # reads them once, before a page asks
        except StoreUnavailable as error:
            self.problem = str(error)

    def _write(self, run: LiveRun) -> str:
        """Store a run; return why it cannot be, or ""."""
        with self._lock:
            run.is_changed = False  # first: a change from here on is written next time
            info, snapshot, claim, first = run.info, run.snapshot, run.claim, run.first_unsaved()
        is_over = snapshot.status.is_over
        with_document = is_over or monotonic() - run.document_at > _DOCUMENT_SECONDS
        try:
            known = self._store.save(info, snapshot, claim, first, with_document=with_document)
        except StoreUnavailable as error:
            run.is_changed = True
            return str(error)
        except Exception as error:  # whatever it is, the other runs are stored
            logging.getLogger(__name__).exception("run %s is not stored", info.run_id)
            return f"A run is not being stored because of an error in the app ({error})."
        with self._lock:
            run.stored = snapshot.epochs
            run.info = known or run.info
            if with_document:
                run.document_at = monotonic()
        if is_over:
            thin_predictions(snapshot)
        self._on_stored(run)
        return ""
