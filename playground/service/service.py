"""TrainingService: what the pages call. It submits runs, and keeps the latest snapshot of each."""

from __future__ import annotations

import atexit
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, RLock
from time import monotonic
from typing import Literal

from playground import protocol
from playground.downsampling import LossHistory
from playground.errors import UnknownRun, WorkerUnavailable
from playground.experiment import Experiment
from playground.protocol import Message
from playground.records import Environment
from playground.service.lane import Lane, LocalLane, OnEnd, OnEvent
from playground.service.questions import Answer, Questions
from playground.service.snapshot import RunSnapshot, fold

Control = Literal["pause", "resume", "step", "stop"]

# A worker that dies this often without having said hello will not come by trying again.
_FAILED_STARTS = 3

# A lane that takes no commands any more says why it ended within moments.
_END_SECONDS = 2.0

_CLOSED = "The server that trained this run was closed. Press Train to start again."


class _Run:
    """A run as the service holds it: the latest snapshot and what the next one needs."""

    def __init__(self, snapshot: RunSnapshot) -> None:
        self.snapshot = snapshot
        self.losses = LossHistory()
        self.last_event = monotonic()


class TrainingService:
    """Runs by id, and one lane that computes them; the lane is replaced when it dies."""

    def __init__(self, open_lane: Callable[[OnEvent, OnEnd], Lane] = LocalLane) -> None:
        self._open_lane = open_lane
        self._lock = RLock()
        self._lane_changed = Condition(self._lock)
        self._runs: dict[str, _Run] = {}
        self._questions = Questions()
        self._lane: Lane | None = None
        self._generation = 0  # tells a late word of a dead lane from the living one's
        self._environment: Environment | None = None
        self._problem = ""
        self._failed_starts = 0

    def warm_up(self) -> None:
        """Start the worker, so that it has loaded PyTorch by the time of the first run."""
        with self._lock:
            if self._lane is None and self._failed_starts < _FAILED_STARTS:
                self._start_lane()

    @property
    def environment(self) -> Environment | None:
        """The worker's machine and versions; None until it has said hello."""
        return self._environment

    @property
    def problem(self) -> str:
        """Why nothing can be trained here, as sentences; empty where it can."""
        return self._problem

    def submit(self, experiment: Experiment, *, one_epoch: bool = False) -> str:
        """Start a run and return its id; raises `WorkerUnavailable`.

        With `one_epoch` it pauses after its first epoch.
        """
        run_id = secrets.token_urlsafe(12)

        def register() -> None:
            self._runs[run_id] = _Run(RunSnapshot(run_id, experiment))

        try:
            self._send(
                {
                    "command": "start",
                    "run": run_id,
                    "experiment": experiment.model_dump(mode="json"),
                    "one_epoch": one_epoch,
                },
                register,
            )
        except WorkerUnavailable:
            with self._lock:
                self._runs.pop(run_id, None)
            raise
        return run_id

    def control(self, run_id: str, action: Control) -> None:
        """Pause, resume, step or stop a run; without effect on one that is over."""
        if not self.snapshot(run_id).status.is_over:
            self._tell({"command": action, "run": run_id})

    def snapshot(self, run_id: str) -> RunSnapshot:
        """Return the latest snapshot of a run; raises `UnknownRun`."""
        run = self._runs.get(run_id)
        if run is None:
            raise UnknownRun(
                "This run is not known here: it may belong to another server, or to one that has "
                "been restarted. Press Train to start a new one."
            )
        return run.snapshot

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
            self._tell({"command": "cancel", "request": request})

    def forget_preview(self, experiment: Experiment) -> None:
        """Ask anew next time: the images may have come meanwhile."""
        self._questions.forget(("preview", _images_only(experiment)))

    def close(self) -> None:
        """End the worker and with it the runs, which are told as interrupted."""
        with self._lane_changed:
            lane, self._lane = self._lane, None
            self._generation += 1
            self._environment = None
            self._end_runs("interrupted", _CLOSED)
            self._lane_changed.notify_all()
        self._questions.lose()
        if lane:
            lane.close()

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
            self._send({"command": kind, "request": request, "experiment": settings, **fields})

        try:
            return self._questions.ask((kind, experiment), send, read, patience)
        except WorkerUnavailable as error:
            self._questions.forget((kind, experiment))
            return Answer(refusal=str(error))

    def _send(self, command: Message, before: Callable[[], None] = lambda: None) -> None:
        """Pass a command to a lane that lives, starting one where there is none.

        `before` is called with the lock held: should the lane end from then on, `_lane_ended`
        finds what it has registered. Raises `WorkerUnavailable`.
        """
        for _ in range(2):
            with self._lock:
                self.warm_up()
                lane = self._lane
                if lane is None:
                    raise WorkerUnavailable(
                        self._problem or "The process that trains does not start: see worker.log."
                    )
                before()
            try:
                lane.send(command)
            except (OSError, ValueError):
                self._await_end_of(lane)
            else:
                return
        raise WorkerUnavailable("The process that trains has just ended: try again in a moment.")

    def _tell(self, command: Message) -> None:
        """Pass a command to the lane that computes; one that has ended has nothing to obey it."""
        lane = self._lane
        if lane:
            try:
                lane.send(command)
            except (OSError, ValueError):
                logging.getLogger(__name__).info("the worker ended before %s", command)

    def _await_end_of(self, lane: Lane) -> None:
        with self._lane_changed:
            self._lane_changed.wait_for(lambda: self._lane is not lane, _END_SECONDS)

    def _start_lane(self) -> None:
        self._generation += 1
        generation = self._generation

        def on_event(event: Message) -> None:
            if generation == self._generation:
                self._take(event)

        def on_end(reason: str) -> None:
            self._lane_ended(generation, reason)

        try:
            self._lane = self._open_lane(on_event, on_end)
        except OSError as error:
            self._failed_starts += 1
            place = f" ({error.filename})" if error.filename else ""
            self._problem = (
                f"The process that trains does not start: {error.strerror or error}{place}."
            )

    def _take(self, event: Message) -> None:
        match event:
            case {"event": "hello"}:
                with self._lock:
                    self._environment = protocol.environment(event["environment"])
                    self._failed_starts = 0
                    self._problem = ""
            case {"event": "broken"}:
                with self._lock:
                    self._problem = event["message"]
                    self._failed_starts = _FAILED_STARTS
            case {"event": "progress" | "answer" | "refused"}:
                self._questions.take(event)
            case {"run": run_id}:
                with self._lock:
                    if (run := self._runs.get(run_id)) and not run.snapshot.status.is_over:
                        _fold_into(run, event)

    def _lane_ended(self, generation: int, reason: str) -> None:
        with self._lane_changed:
            if generation != self._generation:
                return  # it was closed
            logging.getLogger(__name__).warning("the worker ended: %s", reason)
            self._lane = None
            if self._environment is None:
                self._failed_starts += 1
                self._problem = self._problem or reason
            self._environment = None
            self._end_runs("failed", self._problem or reason)
            self._questions.lose()
            self.warm_up()
            self._lane_changed.notify_all()

    def _end_runs(self, event: str, message: str) -> None:
        for run in self._runs.values():
            if not run.snapshot.status.is_over:
                _fold_into(run, {"event": event, "message": message})


def _fold_into(run: _Run, event: Message) -> None:
    now = monotonic()
    snapshot = fold(run.snapshot, event, now - run.last_event)
    run.last_event = now
    if event["event"] == "batch":
        for position, loss in event["losses"]:
            run.losses.add(position, loss)
        snapshot = replace(snapshot, batches=run.losses.points())
    run.snapshot = snapshot


def _images_only(experiment: Experiment) -> Experiment:
    """Return an experiment with the same images and nothing else of its own."""
    plain = Experiment()
    training = plain.training.model_copy(update={"seed": experiment.training.seed, "batch_size": 1})
    return plain.model_copy(update={"data": experiment.data, "training": training})


_service: TrainingService | None = None
_service_lock = RLock()


def service() -> TrainingService:
    """Return the one service of this process, made at the first call.

    A module's variable and not a Streamlit cache, which any connected browser can clear.
    """
    global _service
    with _service_lock:
        if _service is None:
            _service = TrainingService()
            atexit.register(_service.close)
        return _service
