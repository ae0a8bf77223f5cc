"""Keeper: writes what changes to the store, behind the backs of those who wait for nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Condition, RLock, Thread
from time import monotonic, time

from playground.errors import StoreUnavailable, UnknownRun
from playground.run.home import run_folder
from playground.run.image_sets import ImageSet
from playground.run.stopping import is_asked_to_stop
from playground.run.sweeping import cut_log, make_room
from playground.service.live_run import LiveRun
from playground.service.store.store import RunStore
from playground.service.store.thinning import thin_predictions

_LOG = logging.getLogger(__name__)

# How much a killed server may lose of what pages show; the checkpoints lose nothing.
_SECONDS = 0.5

# The document is for a database that gets lost: it waits for the disk each time it is written.
_DOCUMENT_SECONDS = 5.0

# A disk that refuses is tried again after this time, even if nothing has changed.
_PATIENCE = 5.0

# While a run is under way, what other processes ask of it is looked for this often.
_LOOK = 1.0

# The store is tidied, and what can be made again swept, at the start and then this often.
_TIDY_SECONDS = 3600.0

# For so long can a deleted run be had back.
_DELETED_SECONDS = 86_400.0


class Keeper:
    """A thread that brings changed runs to disk; `problem` says why it cannot, if it cannot.

    A run goes on in memory while the disk refuses, and is stored once it takes it again. `lock`
    guards the runs; `on_stored` is told of each one that is on disk as it is, `on_stop` of each
    one that another process asks to end, `tell` of each new problem.
    """

    def __init__(
        self,
        store: RunStore,
        runs: Callable[[], Iterable[LiveRun]],
        lock: RLock | None = None,
        on_stored: Callable[[LiveRun], None] = lambda run: None,
        tell: Callable[[str], None] = _LOG.warning,
        on_stop: Callable[[LiveRun], None] = lambda run: None,
    ) -> None:
        self._unstored = ""  # why a run is not stored, and why the store is not tidy
        self._untidy = ""
        self._store = store
        self._runs = runs
        self._lock = lock or RLock()
        self._on_stored = on_stored
        self._tell = tell
        self._on_stop = on_stop
        self._flushing = RLock()
        self._wake = Condition()
        self._is_due = False
        self._is_closed = False
        self._tidy_at = monotonic()  # when it is to be tidied
        self._thread = Thread(target=self._work, daemon=True, name="keeper")
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why the disk has not all that it should; empty where it has."""
        return self._unstored or self._untidy

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
            self._unstored = next(filter(None, problems), "")

    def close(self) -> None:
        """Write the rest and end the thread."""
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        self._thread.join(timeout=5)
        self.flush()

    def _work(self) -> None:
        while True:
            if monotonic() >= self._tidy_at:
                self._untidy = self._try(self._tidy)
            longest = self._longest_wait()  # before: who changes a run has its lock, and then ours
            with self._wake:
                self._wake.wait_for(lambda: self._is_due or self._is_closed, longest)
                if self._is_closed:
                    return
                self._is_due = False
            self._unstored = self._try(self.flush) or self._unstored
            self._try(self._look)
            with self._wake:
                self._wake.wait_for(lambda: self._is_closed, _SECONDS)

    def _longest_wait(self) -> float:
        is_under_way = any(not run.snapshot.status.is_over for run in self._runs())
        return min(
            _TIDY_SECONDS,
            _PATIENCE if self.problem else _TIDY_SECONDS,
            _LOOK if is_under_way else _TIDY_SECONDS,
        )

    def _look(self) -> None:
        """Hear what other processes ask of the runs under way, and keep what these look at."""
        for run in list(self._runs()):
            if run.snapshot.status.is_over:
                continue
            if started := run.snapshot.started:
                ImageSet("validation", started.validation_key).look()
                ImageSet("training", started.training_key).look()
            with suppress(UnknownRun):  # no folder of ours: nobody can ask there
                if is_asked_to_stop(run_folder(run.info.run_id), run.claim):
                    self._on_stop(run)

    def _tidy(self) -> None:
        if self._store.has_any:  # nothing is made before there is something to keep
            self._store.tidy(time() - _DELETED_SECONDS)
            self._store.runs()  # reads them once, before a page asks
        make_room()
        cut_log()
        self._tidy_at = monotonic() + _TIDY_SECONDS

    def _try(self, step: Callable[[], None]) -> str:
        """Do a step, which may go wrong in any way; return what is in the way, or ""."""
        try:
            step()
        except StoreUnavailable as error:
            problem = str(error)
            if problem != self.problem:
                self._tell(problem)
        except Exception as error:
            problem = f"Runs are not being stored because of an error in the app ({error!r})."
            if problem != self.problem:
                _LOG.exception("the store")
        else:
            problem = ""
        return problem

    def _write(self, run: LiveRun) -> str:
        """Store a run; return why it cannot be, or ""."""
        problem = self._try(lambda: self._store_run(run))
        run.is_changed = run.is_changed or bool(problem)
        return problem

    def _store_run(self, run: LiveRun) -> None:
        with self._lock:
            run.is_changed = False  # first: a change from here on is written next time
            info, snapshot, claim, first = run.info, run.snapshot, run.claim, run.first_unsaved()
        is_over = snapshot.status.is_over
        with_document = is_over or monotonic() - run.document_at > _DOCUMENT_SECONDS
        known = self._store.save(info, snapshot, claim, first, with_document=with_document)
        with self._lock:
            run.stored = snapshot.epochs
            run.info = known or run.info
            if with_document:
                run.document_at = monotonic()
        if is_over:
            thin_predictions(snapshot)
        self._on_stored(run)
