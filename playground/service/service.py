"""TrainingService: what the pages call. It submits runs, and keeps the latest snapshot of each."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Iterable
from threading import RLock
from time import time
from typing import Literal

from playground.errors import (
    NotYours,
    PlaygroundError,
    UnreadableRun,
    WorkerUnavailable,
)
from playground.experiment import Experiment
from playground.run import backbones, datasets, environment
from playground.run.home import new_run_id
from playground.run.info import RunInfo, StoredRun
from playground.run.names import tidy
from playground.run.paces import FULL
from playground.run.questions import DescribeNetwork
from playground.run.records import Environment
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.expected_wait import expected_seconds
from playground.service.exports import Exports
from playground.service.keeper import Keeper
from playground.service.lanes.lane import OpenLane, workers
from playground.service.lanes.needs import Needs
from playground.service.lanes.ray_lanes import chosen
from playground.service.live_run import LiveRun
from playground.service.own_sets import OwnSets
from playground.service.people import People
from playground.service.permission import CHANGES, OPERATOR, Action, Person, require
from playground.service.questions.inquiries import Inquiries
from playground.service.resuming import ELSEWHERE, Resuming
from playground.service.room import Room
from playground.service.roster import Roster
from playground.service.run_paces import RunPaces
from playground.service.store.store import CUT_OFF, RunStore
from playground.service.teachers_key import TeachersKey
from playground.service.verdicts import Verdicts
from playground.service.verifying import Verifying
from playground.service.watchdog import Watchdog

Control = Literal["pause", "resume", "step", "stop"]


class TrainingService:
    """Runs by id: those under way here in memory, all of them in the store.

    Pages, lanes and the keeper call from threads of their own.
    """

    def __init__(self, open_lane: OpenLane | None = None, store: RunStore | None = None) -> None:
        datasets.follow()
        backbones.follow()
        self.inquiries = Inquiries(lambda: self._roster.first_lane)
        self._roster = Roster(
            open_lane or chosen(), workers(), lambda: self._keeper.note(), self.inquiries.hear
        )
        self.watchdog = Watchdog(self._roster)
        self.paces = RunPaces(self._roster, self.require, self.runs)
        self.verdicts = Verdicts(self.require)
        self._runs = self._roster.runs
        self._lock = self._roster.lock
        self.store = store or RunStore()
        self.verifying = Verifying(self.require, self._on_disk)
        self.people = People(self.store.file.parent / "people.json")
        self.teachers_key = TeachersKey()
        self.room = Room(self.store)
        self.own_sets = OwnSets()
        self._keeper = Keeper(
            self.store,
            self._roster.live,
            self._lock,
            self._forget_if_over,
            on_stop=self._stop_as_asked,
        )
        self._resuming = Resuming(self.store, self._roster, self._keeper)
        self.exports = Exports(self._keeper.flush)

    def warm_up(self) -> None:
        """Start the workers, so that they have loaded PyTorch by the time of the first run."""
        self._roster.warm_up()

    @property
    def environment(self) -> Environment | None:
        """The worker's machine and versions; None until it has said hello."""
        return self._roster.first_lane.environment

    @property
    def problem(self) -> str:
        """Why nothing can be trained here, as sentences; empty where it can."""
        return self._roster.first_lane.problem

    @property
    def warning(self) -> str:
        """What is wrong with the store, though training goes on; empty where nothing is."""
        told = self._keeper.problem or self.store.report
        return " ".join(filter(None, (told, self.room.warning)))

    @property
    def news(self) -> str:
        """What the store has put right by itself; mostly nothing."""
        return self.store.news

    def submit(
        self,
        experiment: Experiment,
        *,
        owner: str = "",
        one_epoch: bool = False,
        name: str = "",
        group: str = "",
        parent: str = "",
        parent_epoch: int = 0,
        recipe: str = "",
        pace: str = FULL,
    ) -> str:
        """Queue a run and return its id; it starts at once where there is room.

        With `one_epoch` it pauses after its first epoch. With a `parent` it begins with that
        run's weights after `parent_epoch`. `recipe` names the recipe that it began as, `pace` how
        fast it goes. Raises `WorkerUnavailable` where nothing can be trained, `TooManyRuns`, and
        `NoRoom`.
        """
        self._require_worker()
        self.room.check(owner)
        run_id = new_run_id()
        name, group = tidy(name), tidy(group)
        info = RunInfo(run_id, time(), name, owner, group, parent, parent_epoch, recipe=recipe)
        run = LiveRun(info, RunSnapshot(run_id, experiment, pace=pace))
        run.one_epoch = one_epoch
        if summary := self.inquiries.known(DescribeNetwork(experiment)).result:
            run.needs = Needs.of(experiment, summary.memory_megabytes)
        self._roster.enter(run, is_new=True)
        return run_id

    def control(self, run_id: str, action: Control, person: Person = OPERATOR) -> None:
        """Let a person pause, resume, step or stop a run.

        Resume also takes up one that was stopped or interrupted, from its last checkpoint; other
        actions mean nothing to a run that is over. One that another process has under way is
        asked to stop, and does so within a second or two. Raises `NotYours` where this person may
        not, or for anything else with one that is under way elsewhere, `UnknownRun`,
        `WorkerUnavailable`, and `PlaygroundError` for resuming what has finished.
        """
        self.require(person, action, [run_id])
        with self._lock:
            run = self._runs.get(run_id)
            if run is not None and not run.snapshot.status.is_over:
                self._roster.control(run, action)
                return
        if action == "resume":
            self._take_up(run_id)
        elif action == "stop":
            self.store.ask_to_stop(run_id)
        elif run is None and not self.store.load(run_id).snapshot.status.is_over:
            raise NotYours(ELSEWHERE)

    def snapshot(self, run_id: str) -> RunSnapshot:
        """Return the latest snapshot of a run.

        Raises `UnknownRun`, `UnreadableRun` for one that this version cannot open, and
        `StoreUnavailable`.
        """
        run = self._runs.get(run_id)
        snapshot = run.snapshot if run else self.store.load(run_id).snapshot
        if snapshot.status is RunStatus.UNREADABLE:
            raise UnreadableRun(snapshot.message)
        return snapshot

    def expected_wait(self, run_id: str) -> float | None:
        """Return in how many seconds a run in the queue will probably start; None if unknown."""
        return self._roster.expected_wait(run_id)

    def expected_seconds(self, experiment: Experiment) -> float | None:
        """Return how many seconds of computing a run would probably take; None if unknown."""
        live = {run.info.run_id: run.snapshot for run in self._roster.live()}  # the disk is behind
        runs = (live.get(run.info.run_id, run.snapshot) for run in self.runs())
        return expected_seconds(experiment, runs)

    def info(self, run_id: str) -> RunInfo:
        """Return what people say of a run; raises `UnknownRun` and `StoreUnavailable`."""
        return self._find(run_id).info

    def runs(self, *, deleted: bool = False, person: Person = OPERATOR) -> list[StoredRun]:
        """Return the runs that this person may see, the newest first.

        Those that are `deleted` only where asked for.
        """
        live = self._roster.live()  # first: one that is stored and let go meanwhile is found there
        stored = {run.info.run_id: run for run in self.store.runs(deleted=deleted)}
        for run in live:
            run_id = run.info.run_id
            if run.info.deleted_at is not None and not deleted:
                stored.pop(run_id, None)
            elif run_id not in stored or run.is_changed or not run.snapshot.status.is_over:
                stored[run_id] = StoredRun(run.info, run.snapshot)
        seen = (
            run
            for run in stored.values()
            if self.own_sets.may_see_run(person, run.info, run.snapshot)
        )
        return sorted(seen, key=lambda run: run.info.created_at, reverse=True)

    def change(self, run_id: str, person: Person = OPERATOR, **fields: object) -> None:
        """Let a person change a run's `name`, `is_starred` or `deleted_at`.

        One that is deleted is stopped, whichever process has it under way. Raises `NotYours`,
        `UnknownRun` and `StoreUnavailable`.
        """
        for field in fields:
            self.require(person, CHANGES[field], [run_id])
        if "name" in fields:
            fields["name"] = tidy(str(fields["name"]))
        if run_id in self._runs:
            self._keeper.flush()  # one submitted a moment ago is not on disk yet
        info = self.store.change(run_id, **fields)
        with self._lock:
            run = self._runs.get(run_id)
        if run is None:
            if info.deleted_at is not None:
                self.store.ask_to_stop(run_id)
            return
        with self._lock:
            run.info = info
            run.is_changed = True  # should the keeper have read it before
            if info.deleted_at is not None and not run.snapshot.status.is_over:
                self._roster.control(run, "stop")
        self._keeper.note()

    def require(self, person: Person, action: Action, run_ids: Iterable[str]) -> None:
        """Raise `NotYours` where a person may not do this with all of these runs.

        Raises `UnknownRun` and `StoreUnavailable` too.
        """
        runs = [self.info(run_id) for run_id in run_ids]
        require(person, action, runs, self.people.nickname_of)

    def resume_interrupted(self) -> None:
        """Take up every run that was under way when its server ended, the oldest first."""
        for run in reversed(self.runs()):
            if run.snapshot.status is RunStatus.INTERRUPTED:
                try:
                    self._take_up(run.info.run_id)
                except PlaygroundError as error:
                    logging.getLogger(__name__).warning("%s: %s", run.info.run_id, error)

    def close(self) -> None:
        """End the workers; the runs under way are told as interrupted, and can be resumed."""
        self.exports.close()
        self.verifying.close()
        self._roster.close(CUT_OFF)
        self.inquiries.close()
        self._keeper.close()
        self.store.close()

    def _require_worker(self) -> None:
        self.warm_up()
        if self.problem:
            raise WorkerUnavailable(self.problem)

    def _take_up(self, run_id: str) -> None:
        self._require_worker()
        self._resuming.take_up(run_id)

    def _on_disk(self, run_id: str) -> StoredRun:
        """Return a run as other processes find it, with all that is known of it by now."""
        self._keeper.flush()
        return self.store.load(run_id)

    def _find(self, run_id: str) -> LiveRun | StoredRun:
        return self._runs.get(run_id) or self.store.load(run_id)

    def _stop_as_asked(self, run: LiveRun) -> None:
        with self._lock:
            if not run.snapshot.status.is_over:
                self._roster.control(run, "stop")

    def _forget_if_over(self, run: LiveRun) -> None:
        """Let the store alone have a run that is over, where others may go on with it."""
        with self._lock:
            run_id = run.info.run_id
            is_ours = self._runs.get(run_id) is run and run_id not in self._resuming.under_way
            if is_ours and run.snapshot.status.is_over and not run.is_changed:
                del self._runs[run_id]


_service: TrainingService | None = None
_service_lock = RLock()


def service() -> TrainingService:
    """Return the one service of this process, made at the first call.

    A module's variable and not a Streamlit cache, which any connected browser can clear. With
    `PLAYGROUND_RESUME=1` it takes up what was under way when the server before it ended.
    """
    global _service
    with _service_lock:
        if _service is None:
            _service = TrainingService()
            atexit.register(_service.close)
            if environment.switch("PLAYGROUND_RESUME", False):
                _service.resume_interrupted()
        return _service
