"""TrainingService: what the pages call. It submits runs, and keeps the latest snapshot of each."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
from collections.abc import Callable
from threading import RLock
from time import monotonic, time
from typing import Literal

from playground import protocol
from playground.errors import (
    NotYours,
    PlaygroundError,
    StoreUnavailable,
    UnknownRun,
    WorkerUnavailable,
)
from playground.experiment import Experiment
from playground.protocol import Message
from playground.records import Environment
from playground.service.admission import Ticket, check_room, to_put_aside, to_start
from playground.service.keeper import Keeper
from playground.service.lane import LocalLane, workers
from playground.service.live_run import LiveRun
from playground.service.questions import Answer, Questions
from playground.service.run_info import RunInfo, StoredRun
from playground.service.snapshot import RunSnapshot, RunStatus
from playground.service.store import CUT_OFF, RunStore
from playground.service.supervisor import OpenLane, Supervisor

Control = Literal["pause", "resume", "step", "stop"]

# A run under which this many workers have died, with no epoch in between, is not tried once more.
_ATTEMPTS = 3

_ELSEWHERE = "This run is under way in another process, which alone controls it."
_FINISHED = (
    "This run has finished: there is nothing left to resume. Go on from one of its epochs, or "
    "press Train to start a new one."
)

# Counting files takes a while: the sum is taken anew after this time.
_DISK_USE_SECONDS = 10.0


class TrainingService:
    """Runs by id: those under way here in memory, all of them in the store.

    One lock guards what is in memory. It is never held while a lane, a page or the disk is
    waited for.
    """

    def __init__(self, open_lane: OpenLane = LocalLane, store: RunStore | None = None) -> None:
        self._lock = RLock()
        self._runs: dict[str, LiveRun] = {}
        self._waiting: list[str] = []
        self._taken_up: set[str] = set()
        self._questions = Questions()
        self._supervisors = [
            Supervisor(open_lane, self._lock, self._take, self._lane_ended)
            for _ in range(workers())
        ]
        self._reading_problem = ""
        self._disk_use = (0.0, 0)  # when it was taken, bytes
        self.store = store or RunStore()
        self._keeper = Keeper(self.store, self._live_runs, self._lock, self._forget_if_over)

    def warm_up(self) -> None:
        """Start the workers, so that they have loaded PyTorch by the time of the first run."""
        for supervisor in self._supervisors:
            supervisor.warm_up()

    @property
    def environment(self) -> Environment | None:
        """The worker's machine and versions; None until it has said hello."""
        return self._supervisors[0].environment

    @property
    def problem(self) -> str:
        """Why nothing can be trained here, as sentences; empty where it can."""
        return self._supervisors[0].problem

    @property
    def warning(self) -> str:
        """What is wrong with the store, though training goes on; empty where nothing is."""
        if problem := self._keeper.problem or self._reading_problem:
            return problem
        if self.store.damaged:
            return (
                f"The file of the runs was damaged: it has been put aside as {self.store.damaged}, "
                "and a new one was made from the runs' folders."
            )
        return ""

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
    ) -> str:
        """Queue a run and return its id; it starts at once where there is room.

        With `one_epoch` it pauses after its first epoch. With a `parent` it begins with that
        run's weights after `parent_epoch`. Raises `WorkerUnavailable` where nothing can be
        trained here, and `TooManyRuns`.
        """
        with self._lock:
            self._require_worker()
            check_room(owner, 1, self._tickets(self._waiting))
            run_id = secrets.token_urlsafe(12)
            info = RunInfo(run_id, time(), name, owner, group, parent, parent_epoch)
            run = LiveRun(info, RunSnapshot(run_id, experiment))
            run.one_epoch = one_epoch
            self._runs[run_id] = run
            self._waiting.append(run_id)
            self._start_waiting()
        self._keeper.note()
        return run_id

    def control(self, run_id: str, action: Control, owner: str = "") -> None:
        """Pause, resume, step or stop a run.

        Resume also takes up one that was stopped or interrupted, from its last checkpoint; other
        actions mean nothing to a run that is over. Raises `NotYours` where somebody else has
        started it or has it under way, `UnknownRun`, `WorkerUnavailable`, and `PlaygroundError`
        for resuming what has finished.
        """
        run = self._runs.get(run_id)
        info = run.info if run else self.store.load(run_id).info
        if info.owner and owner != info.owner:
            raise NotYours("This run belongs to somebody else: you can watch it, not control it.")
        with self._lock:
            run = self._runs.get(run_id)
            if run is not None and not run.snapshot.status.is_over:
                self._control_live(run, action)
                return
        if action == "resume":
            self._take_up(run_id)
        elif run is None and not self.store.load(run_id).snapshot.status.is_over:
            raise NotYours(_ELSEWHERE)

    def snapshot(self, run_id: str) -> RunSnapshot:
        """Return the latest snapshot of a run; raises `UnknownRun` and `StoreUnavailable`."""
        run = self._runs.get(run_id)
        return run.snapshot if run else self.store.load(run_id).snapshot

    def info(self, run_id: str) -> RunInfo:
        """Return what people say of a run; raises `UnknownRun` and `StoreUnavailable`."""
        run = self._runs.get(run_id)
        return run.info if run else self.store.load(run_id).info

    def runs(self) -> list[StoredRun]:
        """Return all runs, the newest first; without those on disk while the disk refuses."""
        live = self._live_runs()  # first: one that is stored and let go meanwhile is found there
        try:
            stored = {run.info.run_id: run for run in self.store.runs()}
        except StoreUnavailable as error:
            self._reading_problem = str(error)
            stored = {}
        else:
            self._reading_problem = ""
        for run in live:
            run_id = run.info.run_id
            if run.info.deleted_at is not None:
                stored.pop(run_id, None)
            elif run_id not in stored or not run.snapshot.status.is_over:
                stored[run_id] = StoredRun(run.info, run.snapshot)
        return sorted(stored.values(), key=lambda run: run.info.created_at, reverse=True)

    def change(self, run_id: str, **fields: object) -> None:
        """Change a run's `name`, `is_starred` or `deleted_at`; one that is deleted is stopped.

        Raises `UnknownRun` and `StoreUnavailable`.
        """
        if run_id in self._runs:
            self._keeper.flush()  # one submitted a moment ago is not on disk yet
        info = self.store.change(run_id, **fields)
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                return
            run.info = info
            run.is_changed = True  # should the keeper have read it before
            if info.deleted_at is not None and not run.snapshot.status.is_over:
                self._control_live(run, "stop")
        self._keeper.note()

    def disk_use(self) -> int:
        """Return how many bytes all runs take on disk, as of a few seconds ago."""
        taken_at, used = self._disk_use
        if not used or monotonic() - taken_at > _DISK_USE_SECONDS:
            used = self.store.bytes_in_all()
            self._disk_use = (monotonic(), used)
        return used

    def describe(self, experiment: Experiment, patience: float = 0.0) -> Answer:
        """Return the network's `ModelSummary`, or why there is none, waiting up to `patience` s."""
        return self._ask("describe", experiment, protocol.summary, patience)

    def preview(
        self, experiment: Experiment, *, download: bool = False, patience: float = 0.0
    ) -> Answer:
        """Return the `Preview` of the data, or why there is none, waiting up to `patience` s.

        Only what decides the images is asked, so a changed network asks nothing new.
        """
        images = _images_only(experiment)
        if download:
            self._questions.forget_refusal(("preview", images))
        return self._ask("preview", images, protocol.preview, patience, download=download)

    def cancel_preview(self, experiment: Experiment) -> None:
        """Give up a preview that is being prepared, such as a download."""
        request = self._questions.request_of(("preview", _images_only(experiment)))
        if request:
            self._supervisors[0].tell({"command": "cancel", "request": request})

    def forget_preview(self, experiment: Experiment) -> None:
        """Ask anew next time: the images may have come meanwhile."""
        self._questions.forget(("preview", _images_only(experiment)))

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
        for supervisor in self._supervisors:
            supervisor.close()
        with self._lock:
            self._waiting.clear()
            for run in self._runs.values():
                if not run.snapshot.status.is_over:
                    run.take({"event": "interrupted", "message": CUT_OFF})
        self._questions.lose()
        self._keeper.close()
        self.store.close()

    def _ask(
        self,
        kind: str,
        experiment: Experiment,
        read: Callable[[Message], object],
        patience: float,
        **fields: object,
    ) -> Answer:
        def send(request: str) -> None:
            settings = experiment.model_dump(mode="json")
            self._supervisors[0].send(
                {"command": kind, "request": request, "experiment": settings, **fields}
            )

        try:
            return self._questions.ask((kind, experiment), send, read, patience)
        except WorkerUnavailable as error:
            self._questions.forget((kind, experiment))
            return Answer(refusal=str(error))

    def _require_worker(self) -> None:
        self.warm_up()
        if self.problem:
            raise WorkerUnavailable(self.problem)

    def _control_live(self, run: LiveRun, action: Control) -> None:
        """Do what was asked with a run that is not over; one that no lane has is ours to change."""
        run_id = run.info.run_id
        if run.lane:
            run.lane.tell({"command": action, "run": run_id})
            return
        is_paused = run.snapshot.status is RunStatus.PAUSED
        match action:
            case "stop" | "pause" if not (is_paused and action == "pause"):
                if not is_paused:
                    self._waiting.remove(run_id)
                run.set_place(0)
                run.take({"event": "stopped" if action == "stop" else "paused"})
            case "resume" | "step" if is_paused:
                run.one_epoch = action == "step"
                run.wait()
                self._waiting.append(run_id)
        self._start_waiting()
        self._keeper.note()

    def _take_up(self, run_id: str) -> None:
        """Queue a run that is over, to go on from its last checkpoint."""
        self._require_worker()
        with self._lock:
            run = self._runs.get(run_id)
            if run_id in self._taken_up or (run and not run.snapshot.status.is_over):
                return  # two pages have pressed at once
            self._taken_up.add(run_id)
        try:
            snapshot = run.snapshot if run else self.store.load(run_id).snapshot
            if snapshot.status is RunStatus.FINISHED:
                raise PlaygroundError(_FINISHED)
            if run:
                self._keeper.flush()  # its end may not be on disk yet
            claim = self._claim(run_id, run)
            if run is None:
                stored = self.store.load(run_id)  # anew: as it is now that nobody else writes it
                run = LiveRun(stored.info, stored.snapshot)
            with self._lock:
                run.claim = claim
                run.deaths = 0
                run.one_epoch = False
                run.wait()
                self._runs[run_id] = run
                self._waiting.append(run_id)
                self._start_waiting()
        finally:
            with self._lock:
                self._taken_up.discard(run_id)
        self._keeper.note()

    def _claim(self, run_id: str, run: LiveRun | None) -> int:
        """Take the run over in the store; one that the disk has not taken yet is ours anyway."""
        try:
            claim = self.store.claim(run_id)
        except (StoreUnavailable, UnknownRun):
            if run is None:
                raise
            return run.claim
        if claim is None:
            raise NotYours(_ELSEWHERE)
        return claim

    def _start_waiting(self) -> None:
        """Start what may start, and tell the others their place. To be called with the lock."""
        running = [run_id for run_id, run in self._runs.items() if run.takes_turns]
        for run_id in to_start(self._tickets(self._waiting), self._tickets(running)):
            self._waiting.remove(run_id)
            self._start(self._runs[run_id])
        for place, run_id in enumerate(self._waiting, 1):
            self._runs[run_id].set_place(place)

    def _start(self, run: LiveRun) -> None:
        lane = min(self._supervisors, key=self._load_of)
        run.set_place(0)
        run.lane = lane
        try:
            lane.send(run.start_command())
        except WorkerUnavailable as error:
            run.take({"event": "failed", "message": str(error)})

    def _load_of(self, lane: Supervisor) -> tuple[bool, int]:
        runs = self._runs.values()
        return bool(lane.problem), sum(run.lane is lane and run.takes_turns for run in runs)

    def _take(self, event: Message) -> None:
        if "run" not in event:
            self._questions.take(event)
            return
        run = self._runs.get(event["run"])
        if run is None or run.lane is None:
            return
        run.take(event)
        self._keeper.note()
        if event["event"] in ("finished", "stopped", "failed", "interrupted", "paused"):
            self._start_waiting()
        if event["event"] == "paused":
            self._put_paused_aside()

    def _put_paused_aside(self) -> None:
        """Let lanes forget the networks of paused runs where they hold too much memory."""
        paused = [
            run
            for run in self._runs.values()
            if run.lane and run.snapshot.status is RunStatus.PAUSED
        ]
        paused.sort(key=lambda run: run.paused_at)
        for place in to_put_aside([run.held_bytes for run in paused]):
            run = paused[place]
            if run.lane:
                run.lane.tell({"command": "forget", "run": run.info.run_id})
            run.leave()

    def _lane_ended(self, lane: Supervisor, reason: str) -> None:
        """Let every run of the dead lane go on from its last epoch, but not for ever."""
        for run in self._runs.values():
            if run.lane is lane:
                self._outlive(run, lane, reason)
        if lane is self._supervisors[0]:
            self._questions.lose()
        self._start_waiting()
        self._keeper.note()

    def _outlive(self, run: LiveRun, lane: Supervisor, reason: str) -> None:
        if run.snapshot.status is RunStatus.PAUSED:
            run.leave()
            return
        run.deaths += 1
        has_epochs = bool(run.snapshot.epochs)
        if lane.problem:
            run.take({"event": "failed", "message": lane.problem})
        elif run.deaths >= _ATTEMPTS:
            way_out = "Resume goes on from its last epoch" if has_epochs else "Resume starts it"
            message = (
                f"{reason} That happened {run.deaths} times with no epoch in between. {way_out} "
                "once more; Train starts a new run."
            )
            run.take({"event": "failed", "message": message})
        else:
            run.one_epoch = run.one_epoch and not has_epochs
            went = "went on from its last epoch" if has_epochs else "began again"
            run.wait(f"{reason} The run {went}.")
            self._waiting.append(run.info.run_id)

    def _forget_if_over(self, run: LiveRun) -> None:
        """Let the store alone have a run that is over, where others may go on with it."""
        with self._lock:
            run_id = run.info.run_id
            is_ours = self._runs.get(run_id) is run and run_id not in self._taken_up
            if is_ours and run.snapshot.status.is_over and not run.is_changed:
                del self._runs[run_id]

    def _live_runs(self) -> list[LiveRun]:
        with self._lock:
            return list(self._runs.values())

    def _tickets(self, run_ids: list[str]) -> list[Ticket]:
        return [Ticket(run_id, self._runs[run_id].info.owner) for run_id in run_ids]


def _images_only(experiment: Experiment) -> Experiment:
    """Return an experiment with the same images and nothing else of its own."""
    plain = Experiment()
    training = plain.training.model_copy(update={"seed": experiment.training.seed, "batch_size": 1})
    return plain.model_copy(update={"data": experiment.data, "training": training})


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
            if os.environ.get("PLAYGROUND_RESUME") == "1":
                _service.resume_interrupted()
        return _service
