"""TrainingService: what the pages call. It submits runs, and keeps the latest snapshot of each."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from time import time
from typing import Literal

from playground import protocol
from playground.errors import NotYours, PlaygroundError, StoreUnavailable, WorkerUnavailable
from playground.experiment import Experiment
from playground.protocol import Message
from playground.records import Environment
from playground.service.admission import Ticket, check_room, to_start
from playground.service.keeper import Keeper
from playground.service.lane import LocalLane
from playground.service.live_run import LiveRun
from playground.service.questions import Answer, Questions
from playground.service.run_info import RunInfo, StoredRun
from playground.service.snapshot import RunSnapshot, RunStatus
from playground.service.store import RunStore, is_alive
from playground.service.supervisor import OpenLane, Supervisor

Control = Literal["pause", "resume", "step", "stop"]

# A run under which this many workers have died is not tried once more.
_ATTEMPTS = 3

_CLOSED = "The server ended while this run was under way. Resume goes on from its last epoch."


class TrainingService:
    """Runs by id: those of this process in memory, all of them in the store."""

    def __init__(self, open_lane: OpenLane = LocalLane, store: RunStore | None = None) -> None:
        self._lock = RLock()
        self._runs: dict[str, LiveRun] = {}
        self._waiting: list[str] = []
        self._questions = Questions()
        self._supervisor = Supervisor(open_lane, self._lock, self._take, self._lane_ended)
        self.store = store or RunStore()
        self._keeper = Keeper(self.store, self._live_runs)

    def warm_up(self) -> None:
        """Start the worker, so that it has loaded PyTorch by the time of the first run."""
        self._supervisor.warm_up()

    @property
    def environment(self) -> Environment | None:
        """The worker's machine and versions; None until it has said hello."""
        return self._supervisor.environment

    @property
    def problem(self) -> str:
        """Why nothing can be trained here, as sentences; empty where it can."""
        return self._supervisor.problem

    @property
    def warning(self) -> str:
        """What is wrong with the store, though training goes on; empty where nothing is."""
        if self._keeper.problem:
            return self._keeper.problem
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
            self._supervisor.warm_up()
            if self.problem:
                raise WorkerUnavailable(self.problem)
            check_room(owner, 1, self._tickets(self._waiting))
            run_id = secrets.token_urlsafe(12)
            info = RunInfo(run_id, time(), name, owner, group, parent, parent_epoch)
            run = LiveRun(info, RunSnapshot(run_id, experiment))
            run.one_epoch = one_epoch
            if parent:
                run.begin |= {"parent": parent, "parent_epoch": parent_epoch}
            self._runs[run_id] = run
            self._waiting.append(run_id)
        self._start_waiting()
        self._keeper.note()
        return run_id

    def control(self, run_id: str, action: Control, owner: str = "") -> None:
        """Pause, resume, step or stop a run.

        Resume also takes up one that was stopped or interrupted, from its last checkpoint.
        Raises `NotYours` where somebody else has started it, `UnknownRun`, `WorkerUnavailable`.
        """
        run = self._runs.get(run_id)
        info = run.info if run else self.store.load(run_id).info
        if info.owner and owner != info.owner:
            raise NotYours("This run belongs to somebody else: you can watch it, not control it.")
        if run is None or run.snapshot.status.is_over:
            if action == "resume":
                self._take_up(run_id)
            return
        with self._lock:
            if run_id in self._waiting and action == "stop":
                self._waiting.remove(run_id)
                run.take({"event": "stopped"})
                self._keeper.note()
                return
        self._supervisor.tell({"command": action, "run": run_id})

    def snapshot(self, run_id: str) -> RunSnapshot:
        """Return the latest snapshot of a run; raises `UnknownRun`."""
        run = self._runs.get(run_id)
        if run is not None:
            return run.snapshot
        return self._as_it_is(self.store.load(run_id)).snapshot

    def info(self, run_id: str) -> RunInfo:
        """Return what people say of a run; raises `UnknownRun`."""
        run = self._runs.get(run_id)
        return run.info if run else self.store.load(run_id).info

    def runs(self) -> list[StoredRun]:
        """Return all runs, the newest first; without those on disk while the disk refuses."""
        try:
            stored = {run.info.run_id: self._as_it_is(run) for run in self.store.runs()}
        except StoreUnavailable as error:
            self._keeper.problem = str(error)
            stored = {}
        for run in self._live_runs():
            if run.info.deleted_at is None:
                stored[run.info.run_id] = StoredRun(run.info, run.snapshot)
        return sorted(stored.values(), key=lambda run: run.info.created_at, reverse=True)

    def change(self, run_id: str, **fields: object) -> None:
        """Change a run's `name`, `is_starred` or `deleted_at`."""
        info = self.store.change(run_id, **fields)
        if run := self._runs.get(run_id):
            run.info = info

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
            self._supervisor.tell({"command": "cancel", "request": request})

    def forget_preview(self, experiment: Experiment) -> None:
        """Ask anew next time: the images may have come meanwhile."""
        self._questions.forget(("preview", _images_only(experiment)))

    def resume_interrupted(self) -> None:
        """Take up every run that was under way when its server ended."""
        for run in self.runs():
            if run.snapshot.status is RunStatus.INTERRUPTED:
                try:
                    self._take_up(run.info.run_id)
                except PlaygroundError as error:
                    logging.getLogger(__name__).warning("%s: %s", run.info.run_id, error)

    def close(self) -> None:
        """End the worker; the runs under way are told as interrupted, and can be resumed."""
        self._supervisor.close()
        with self._lock:
            self._waiting.clear()
            for run in self._runs.values():
                if not run.snapshot.status.is_over:
                    run.take({"event": "interrupted", "message": _CLOSED})
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
            self._supervisor.send(
                {"command": kind, "request": request, "experiment": settings, **fields}
            )

        try:
            return self._questions.ask((kind, experiment), send, read, patience)
        except WorkerUnavailable as error:
            self._questions.forget((kind, experiment))
            return Answer(refusal=str(error))

    def _take_up(self, run_id: str) -> None:
        """Queue a run that is over, to go on from its last checkpoint."""
        fence = self.store.claim(run_id)
        if fence is None:
            raise NotYours("This run is under way in another process, which alone controls it.")
        stored = self.store.load(run_id)
        with self._lock:
            run = LiveRun(stored.info, stored.snapshot, is_stored=True)
            run.begin = {"fence": fence, "resumes": True, **_parent(stored.info)}
            run.wait()
            self._runs[run_id] = run
            self._waiting.append(run_id)
        self._start_waiting()
        self._keeper.note()

    def _start_waiting(self) -> None:
        """Start what may start, and tell the others their place."""
        with self._lock:
            running = [run_id for run_id, run in self._runs.items() if _takes_turns(run)]
            for run_id in to_start(self._tickets(self._waiting), self._tickets(running)):
                self._waiting.remove(run_id)
                self._start(self._runs[run_id])
            for place, run_id in enumerate(self._waiting, 1):
                self._runs[run_id].set_place(place)

    def _start(self, run: LiveRun) -> None:
        def before() -> None:
            run.is_on_lane = True
            run.set_place(0)

        command = {
            "command": "start",
            "run": run.info.run_id,
            "experiment": run.snapshot.experiment.model_dump(mode="json"),
            "one_epoch": run.one_epoch,
            "begin": run.begin,
        }
        try:
            self._supervisor.send(command, before)
        except WorkerUnavailable as error:
            if not run.snapshot.status.is_over:
                run.take({"event": "failed", "message": str(error)})

    def _take(self, event: Message) -> None:
        if "run" not in event:
            self._questions.take(event)
            return
        run = self._runs.get(event["run"])
        if run is None or run.snapshot.status.is_over:
            return
        run.take(event)
        self._keeper.note()
        if event["event"] in ("finished", "stopped", "failed", "interrupted", "paused"):
            self._start_waiting()

    def _lane_ended(self, reason: str) -> None:
        """Let every run of the dead lane go on from its last epoch, but not for ever."""
        for run in self._runs.values():
            if not run.is_on_lane or run.snapshot.status.is_over:
                continue
            run.attempts += 1
            if self.problem or run.attempts >= _ATTEMPTS:
                run.take({"event": "failed", "message": self.problem or reason})
                continue
            run.one_epoch = run.one_epoch and not run.snapshot.epochs
            run.begin = {
                "fence": run.begin["fence"] + 1,
                "resumes": True,
                **_parent(run.info),
            }
            run.wait(f"{reason} The run went on from its last epoch.")
            self._waiting.append(run.info.run_id)
        self._questions.lose()
        self._start_waiting()
        self._keeper.note()

    def _live_runs(self) -> list[LiveRun]:
        with self._lock:
            return list(self._runs.values())

    def _tickets(self, run_ids: list[str]) -> list[Ticket]:
        return [Ticket(run_id, self._runs[run_id].info.owner) for run_id in run_ids]

    def _as_it_is(self, stored: StoredRun) -> StoredRun:
        """Return a run of the store; one whose process is gone shows as interrupted."""
        if stored.snapshot.status.is_over or is_alive(self.store.holder(stored.info.run_id)):
            return stored
        interrupted = replace(
            stored.snapshot, status=RunStatus.INTERRUPTED, message=_CLOSED, place=0
        )
        return StoredRun(stored.info, interrupted)


def _takes_turns(run: LiveRun) -> bool:
    return run.is_on_lane and run.snapshot.status.is_live


def _parent(info: RunInfo) -> Message:
    return {"parent": info.parent, "parent_epoch": info.parent_epoch} if info.parent else {}


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
