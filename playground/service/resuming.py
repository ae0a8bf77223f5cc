"""Resuming: a run that is over goes on from its last checkpoint, if nobody else has it."""

from __future__ import annotations

from playground.errors import NotYours, PlaygroundError, StoreUnavailable, UnknownRun
from playground.run.snapshot import RunStatus
from playground.service.keeper import Keeper
from playground.service.live_run import LiveRun
from playground.service.roster import Roster
from playground.service.store.store import RunStore

ELSEWHERE = "This run is under way in another process, which alone controls it."
_DELETED = "This run is deleted. Undo that on the Runs page first, or train anew."
_FINISHED = (
    "This run has finished: there is nothing left to resume. Go on from one of its epochs, or "
    "press Train to start a new one."
)


class Resuming:
    """Takes runs up; `under_way` are those that it is about to, guarded by the roster's lock."""

    def __init__(self, store: RunStore, roster: Roster, keeper: Keeper) -> None:
        self.under_way: set[str] = set()
        self._store = store
        self._roster = roster
        self._keeper = keeper

    def take_up(self, run_id: str) -> None:
        """Queue a run that is over; nothing happens to one that is not.

        Raises `NotYours` where another process has it, `PlaygroundError` where it has finished,
        `UnknownRun` and `StoreUnavailable`.
        """
        with self._roster.lock:
            run = self._roster.runs.get(run_id)
            if run_id in self.under_way or (run and not run.snapshot.status.is_over):
                return  # two pages have pressed at once
            self.under_way.add(run_id)
        try:
            known = run or self._store.load(run_id)
            if known.info.deleted_at is not None:
                raise PlaygroundError(_DELETED)
            if known.info.unresumable:
                raise PlaygroundError(known.info.unresumable)
            snapshot = known.snapshot
            if snapshot.status is RunStatus.FINISHED:
                raise PlaygroundError(_FINISHED)
            if run:
                self._keeper.flush()  # its end may not be on disk yet
            claim = self._claim(run_id, run)
            if run is None:
                stored = self._store.load(run_id)  # anew: as it is now that nobody else writes it
                run = LiveRun(stored.info, stored.snapshot)
            with self._roster.lock:
                run.claim = claim
                run.deaths = 0
                run.one_epoch = False
                run.wait()
                self._roster.enter(run)
        finally:
            with self._roster.lock:
                self.under_way.discard(run_id)

    def _claim(self, run_id: str, run: LiveRun | None) -> int:
        """Take the run over in the store; one that the disk has not taken yet is ours anyway."""
        try:
            claim = self._store.claim(run_id)
        except (StoreUnavailable, UnknownRun):
            if run is None:
                raise
            return run.claim
        if claim is None:
            raise NotYours(ELSEWHERE)
        return claim
