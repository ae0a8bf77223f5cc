from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from processes import wait_until

from playground import protocol
from playground.errors import UnknownRun, WorkerUnavailable
from playground.experiment import Experiment
from playground.protocol import Message
from playground.records import (
    BatchRecord,
    Environment,
    EpochRecord,
    LayerShape,
    ModelSummary,
    PreparationRecord,
    Preview,
    StartedRecord,
)
from playground.service import RunStatus, TrainingService
from playground.service.lane import OnEnd, OnEvent

service_module = import_module("playground.service.service")  # the package has it as a function

STARTED = StartedRecord(650, 1221, 216, 20, tuple("0123456789"), "cpu", 1, "f", "k")
SUMMARY = ModelSummary(650, (1, 8, 8), (LayerShape("linear", (10,), 650),), 12.5)
PREVIEW = Preview(("a", "b"), (1, 8, 8), {"train": (3, 4)}, (0.5,), (0.25,), "file.npz", "key")
NEVER = 60.0  # seconds of patience that no test uses up


class FakeLane:
    """A lane that computes nothing: the test says what comes of it.

    After `lifetime` commands it takes no more, and waits for the test to tell its end.
    """

    lifetime = 10_000

    def __init__(self, on_event: OnEvent, on_end: OnEnd) -> None:
        self.say = on_event
        self.sent: list[Message] = []
        self.is_dead = self.is_closed = False
        self._on_end = on_end

    def send(self, command: Message) -> None:
        if self.is_dead or len(self.sent) >= self.lifetime:
            raise BrokenPipeError("dead")
        self.sent.append(command)

    def close(self) -> None:
        self.is_closed = self.is_dead = True

    def greet(self, **fields: Any) -> None:
        self.say({"event": "hello", "environment": protocol.pack(Environment(**fields))})

    def die(self, reason: str = "It died.") -> None:
        self.is_dead = True
        self._on_end(reason)

    def tell(self, event: str, run_id: str, record: object = None, **fields: Any) -> None:
        packed = {} if record is None else {"record": protocol.pack(record)}
        self.say({"event": event, "run": run_id, **packed, **fields})

    def train_an_epoch(self, run_id: str, number: int = 1) -> None:
        losses = [[number - 1 + batch / 4, 2.0 / batch] for batch in (1, 2, 3, 4)]
        self.tell("batch", run_id, BatchRecord(number, "train", 4, 4, 0.5), losses=losses)
        record = EpochRecord(number, 1.0, 0.4, 1.1, 0.5, 0.001, 2.0, 0.5, 180.0)
        self.tell("epoch", run_id, record)


class Workshop:
    """Where lanes come from: each one made is kept; `broken` says why none can be."""

    def __init__(self) -> None:
        self.lanes: list[FakeLane] = []
        self.broken: OSError | None = None
        self.greets = True

    def open(self, on_event: OnEvent, on_end: OnEnd) -> FakeLane:
        if self.broken:
            raise self.broken
        lane = FakeLane(on_event, on_end)
        self.lanes.append(lane)
        if self.greets:
            lane.greet()
        return lane

    @property
    def lane(self) -> FakeLane:
        return self.lanes[-1]


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def service(workshop: Workshop) -> Iterator[TrainingService]:
    service = TrainingService(workshop.open)
    yield service
    service.close()


def test_nothing_is_started_before_it_is_needed(
    service: TrainingService, workshop: Workshop
) -> None:
    assert workshop.lanes == []
    assert (service.environment, service.problem) == (None, "")
    service.warm_up()
    service.warm_up()
    assert len(workshop.lanes) == 1


def test_the_environment_is_what_the_worker_said_of_itself(workshop: Workshop) -> None:
    workshop.greets = False
    service = TrainingService(workshop.open)
    service.warm_up()
    assert service.environment is None
    workshop.lane.greet(torch="2.14.1", devices=["cpu", "cuda:0"], cores=8)
    assert service.environment == Environment(torch="2.14.1", devices=("cpu", "cuda:0"), cores=8)


def test_a_submitted_run_is_sent_and_waits(service: TrainingService, workshop: Workshop) -> None:
    experiment = Experiment().replace({"training.epochs": 3})
    run_id = service.submit(experiment, one_epoch=True)
    [command] = workshop.lane.sent
    assert (command["command"], command["run"], command["one_epoch"]) == ("start", run_id, True)
    assert Experiment.from_settings(command["experiment"]) == experiment
    snapshot = service.snapshot(run_id)
    assert (snapshot.run_id, snapshot.experiment) == (run_id, experiment)
    assert snapshot.status is RunStatus.QUEUED


def test_every_run_has_an_id_of_its_own(service: TrainingService) -> None:
    assert len({service.submit(Experiment()) for _ in range(50)}) == 50


def test_a_snapshot_follows_the_run_to_its_end(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id, other = service.submit(Experiment()), service.submit(Experiment())
    lane = workshop.lane
    lane.tell("preparing", run_id, PreparationRecord("Loading", 0.5))
    first = service.snapshot(run_id)
    assert first.preparation == PreparationRecord("Loading", 0.5)
    lane.tell("started", run_id, STARTED)
    lane.train_an_epoch(run_id)
    snapshot = service.snapshot(run_id)
    assert snapshot.started == STARTED
    assert [point.position for point in snapshot.batches] == [0.25, 0.5, 0.75, 1.0]
    assert [point.mean for point in snapshot.batches] == [2.0, 1.0, 2.0 / 3, 0.5]
    assert [record.epoch for record in snapshot.epochs] == [1]
    lane.tell("finished", run_id, best_epoch=1)
    assert service.snapshot(run_id).status is RunStatus.FINISHED
    assert service.snapshot(other).status is RunStatus.QUEUED
    assert first.epochs == ()  # what a page holds does not change under its hands
    assert service.snapshot(run_id).version > first.version


@pytest.mark.parametrize("action", ["pause", "resume", "step", "stop"])
def test_control_reaches_the_run_and_no_run_that_is_over(
    service: TrainingService, workshop: Workshop, action: Any
) -> None:
    run_id = service.submit(Experiment())
    service.control(run_id, action)
    assert workshop.lane.sent[-1] == {"command": action, "run": run_id}
    workshop.lane.tell("stopped", run_id)
    service.control(run_id, action)
    assert len(workshop.lane.sent) == 2


def test_what_comes_of_a_run_after_its_end_is_ignored(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.tell("started", run_id, STARTED)
    workshop.lane.tell("stopped", run_id)
    over = service.snapshot(run_id)
    workshop.lane.train_an_epoch(run_id)
    workshop.lane.tell("failed", run_id, message="Late.")
    assert service.snapshot(run_id) == over


def test_events_of_unknown_runs_are_ignored(service: TrainingService, workshop: Workshop) -> None:
    service.warm_up()
    workshop.lane.train_an_epoch("ghost")
    with pytest.raises(UnknownRun, match="Press Train"):
        service.snapshot("ghost")
    with pytest.raises(UnknownRun):
        service.control("ghost", "stop")


@pytest.mark.parametrize("events", [0, 1, 2, 3])
def test_a_lane_that_dies_at_any_moment_fails_its_runs_and_is_replaced(
    service: TrainingService, workshop: Workshop, events: int
) -> None:
    over, run_id = service.submit(Experiment()), service.submit(Experiment())
    first = workshop.lane
    first.tell("stopped", over)
    steps = [
        lambda: first.tell("preparing", run_id, PreparationRecord("Loading")),
        lambda: first.tell("started", run_id, STARTED),
        lambda: first.tell("paused", run_id),
    ]
    for step in steps[:events]:
        step()
    first.die("Memory ran out.")
    snapshot = service.snapshot(run_id)
    assert (snapshot.status, snapshot.message) == (RunStatus.FAILED, "Memory ran out.")
    assert service.snapshot(over).status is RunStatus.STOPPED
    assert len(workshop.lanes) == 2  # before anybody asks
    assert service.problem == ""
    again = service.submit(Experiment())
    assert workshop.lane.sent[-1]["run"] == again
    workshop.lane.tell("started", again, STARTED)
    assert service.snapshot(again).status is RunStatus.RUNNING


def test_a_late_word_of_a_dead_lane_is_not_taken_for_the_living_ones(
    service: TrainingService, workshop: Workshop
) -> None:
    service.warm_up()
    first = workshop.lane
    first.die()
    run_id = service.submit(Experiment())
    first.tell("finished", run_id, best_epoch=1)
    first.greet(torch="old")
    first.die("Twice.")
    assert service.snapshot(run_id).status is RunStatus.QUEUED
    assert service.environment == Environment()
    assert len(workshop.lanes) == 2


def test_a_run_submitted_to_a_lane_that_has_just_died_goes_to_the_next_one(
    service: TrainingService, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.warm_up()
    first = workshop.lane
    first.is_dead = True  # nobody has noticed yet
    was_tried, send = Event(), first.send

    def sending(command: Message) -> None:
        was_tried.set()
        send(command)

    def notice() -> None:
        assert was_tried.wait(NEVER)
        first.die()

    monkeypatch.setattr(first, "send", sending)
    noticing = Thread(target=notice)
    noticing.start()
    run_id = service.submit(Experiment())
    noticing.join(NEVER)
    assert workshop.lane is not first
    assert workshop.lane.sent[-1]["run"] == run_id
    assert service.snapshot(run_id).status is RunStatus.QUEUED


def test_a_lane_that_takes_nothing_and_does_not_end_is_told(
    service: TrainingService, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "_END_SECONDS", 0.01)
    running = service.submit(Experiment())
    workshop.lane.is_dead = True
    with pytest.raises(WorkerUnavailable, match="try again in a moment"):
        service.submit(Experiment())
    assert "try again" in service.describe(Experiment()).refusal
    service.control(running, "stop")  # nothing to say: the run is told when the lane ends
    service.cancel_preview(Experiment())
    assert list(service._runs) == [running]


def test_a_lane_that_cannot_be_opened_is_a_problem_in_words(
    service: TrainingService, workshop: Workshop
) -> None:
    workshop.broken = PermissionError(13, "Permission denied", "/state")
    for _ in range(5):
        with pytest.raises(WorkerUnavailable) as caught:
            service.submit(Experiment())
    sentence = "The process that trains does not start: Permission denied (/state)."
    assert str(caught.value) == service.problem == sentence
    assert service.describe(Experiment()).refusal == sentence
    assert service._runs == {}


def test_a_lane_that_never_comes_to_greet_is_tried_three_times(workshop: Workshop) -> None:
    workshop.greets = False
    service = TrainingService(workshop.open)
    service.warm_up()
    for _ in range(3):
        workshop.lane.die("It ended (status 1); see worker.log.")
    assert len(workshop.lanes) == 3
    assert service.problem == "It ended (status 1); see worker.log."
    with pytest.raises(WorkerUnavailable, match="status 1"):
        service.submit(Experiment())
    assert len(workshop.lanes) == 3


def test_a_lane_that_comes_on_the_second_try_is_no_problem_any_more(workshop: Workshop) -> None:
    workshop.greets = False
    service = TrainingService(workshop.open)
    service.warm_up()
    workshop.lane.die("It stumbled.")
    assert service.problem == "It stumbled."
    workshop.lane.greet()
    assert service.problem == ""
    for _ in range(5):  # a worker that came to greet is always replaced
        workshop.lane.die()
        workshop.lane.greet()
    assert len(workshop.lanes) == 7


def test_a_broken_installation_is_told_and_not_tried_again(workshop: Workshop) -> None:
    workshop.greets = False
    service = TrainingService(workshop.open)
    run_id = service.submit(Experiment())
    workshop.lane.say({"event": "broken", "message": "PyTorch does not load here."})
    workshop.lane.die("It ended (status 1).")
    assert service.problem == "PyTorch does not load here."
    assert service.snapshot(run_id).message == "PyTorch does not load here."
    assert service.snapshot(run_id).status is RunStatus.FAILED
    assert service.describe(Experiment()).refusal == "PyTorch does not load here."
    assert len(workshop.lanes) == 1


def test_a_description_is_asked_once_and_kept(service: TrainingService, workshop: Workshop) -> None:
    experiment = Experiment()
    assert not service.describe(experiment).is_ready
    [command] = workshop.lane.sent
    assert (command["command"], command["experiment"]["training"]["epochs"]) == ("describe", 20)
    workshop.lane.say(
        {"event": "answer", "request": command["request"], "result": protocol.pack(SUMMARY)}
    )
    assert service.describe(experiment).result == SUMMARY
    assert service.describe(Experiment()).result == SUMMARY
    assert len(workshop.lane.sent) == 1


def test_a_preview_depends_on_what_decides_the_images_alone(
    service: TrainingService, workshop: Workshop
) -> None:
    experiment = Experiment()
    service.preview(experiment)
    for path, value in (
        ("model.hidden_sizes", [3]),
        ("optimizer.name", "sgd"),
        ("training.epochs", 3),
        ("training.batch_size", 7),
    ):
        service.preview(experiment.replace({path: value}))
    [command] = workshop.lane.sent
    assert (command["command"], command["download"]) == ("preview", False)
    workshop.lane.say(
        {"event": "answer", "request": command["request"], "result": protocol.pack(PREVIEW)}
    )
    assert service.preview(experiment).result == PREVIEW
    service.preview(experiment.replace({"training.seed": 1}))
    service.preview(experiment.replace({"data.augmentation": "crop"}))
    assert len(workshop.lane.sent) == 3


def test_images_that_are_not_here_are_fetched_when_asked_to(
    service: TrainingService, workshop: Workshop
) -> None:
    experiment = Experiment()
    service.preview(experiment)
    request = workshop.lane.sent[0]["request"]
    workshop.lane.say({"event": "refused", "request": request, "message": "Not here."})
    assert service.preview(experiment).refusal == "Not here."
    service.preview(experiment, download=True)
    fetching = workshop.lane.sent[1]
    assert fetching["download"] is True
    progress = {"message": "Downloading", "fraction": 0.5}
    workshop.lane.say({"event": "progress", "request": fetching["request"], "record": progress})
    assert service.preview(experiment).progress == PreparationRecord("Downloading", 0.5)
    service.cancel_preview(experiment)
    assert workshop.lane.sent[2] == {"command": "cancel", "request": fetching["request"]}
    service.forget_preview(experiment)
    assert not service.preview(experiment).is_ready
    assert workshop.lane.sent[3]["download"] is False


def test_a_page_that_waits_for_an_answer_when_the_worker_dies_asks_the_next_one(
    service: TrainingService, workshop: Workshop
) -> None:
    with ThreadPoolExecutor() as page:
        service.warm_up()
        first = workshop.lane
        waiting = page.submit(service.describe, Experiment(), NEVER)
        wait_until(lambda: first.sent, "the question")
        first.die()
        assert not waiting.result(NEVER).is_ready
    service.describe(Experiment())
    request = workshop.lane.sent[-1]["request"]
    workshop.lane.say({"event": "answer", "request": request, "result": protocol.pack(SUMMARY)})
    assert service.describe(Experiment()).result == SUMMARY


def test_closing_ends_the_lane_and_tells_its_runs(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    service.close()
    service.close()
    assert workshop.lane.is_closed
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.INTERRUPTED
    assert "was closed" in snapshot.message
    workshop.lane.die("It ended.")
    assert len(workshop.lanes) == 1  # nothing is started behind the back of who closes
    assert service.snapshot(run_id) == snapshot


def test_pages_events_and_dying_lanes_at_once_leave_every_run_with_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Six pages submit and look while lanes train in another thread and die now and then."""
    monkeypatch.setattr(FakeLane, "lifetime", 15)
    workshop, chance = Workshop(), random.Random(0)
    service = TrainingService(workshop.open)
    service.warm_up()
    pages = 6
    together, over = Barrier(pages + 1), Event()

    def submit() -> str:
        while True:
            with suppress(WorkerUnavailable):  # two lanes in a row died: a person tries again
                return service.submit(Experiment())

    def page(number: int) -> list[str]:
        together.wait(NEVER)
        mine = []
        for count in range(30):
            mine.append(submit())
            service.control(mine[-1], "step")
            service.describe(Experiment().replace({"training.seed": number * 100 + count}))
            for run_id in mine:
                assert service.snapshot(run_id).run_id == run_id
        return mine

    def compute() -> int:
        together.wait(NEVER)
        deaths = 0
        while not over.is_set():
            lane = workshop.lane
            commands = list(lane.sent)
            for command in commands:
                if command["command"] == "start" and chance.random() < 0.5:
                    lane.train_an_epoch(command["run"])
                    lane.tell("finished", command["run"], best_epoch=1)
            if len(commands) >= lane.lifetime:
                deaths += 1
                lane.die("It died.")
        return deaths

    with ThreadPoolExecutor(pages + 1) as threads:
        computing = threads.submit(compute)
        working = [threads.submit(page, number) for number in range(pages)]
        try:
            runs = [run_id for future in working for run_id in future.result(NEVER)]
        finally:
            over.set()
        assert computing.result(NEVER) >= 180 // 15
    workshop.lane.die("The end.")
    assert len(set(runs)) == 180
    ends = {service.snapshot(run_id).status for run_id in runs}
    assert ends == {RunStatus.FINISHED, RunStatus.FAILED}
    for run_id in runs:
        snapshot = service.snapshot(run_id)
        assert (snapshot.status is RunStatus.FAILED) == bool(snapshot.message)
    assert service._questions._readers == {}


def test_there_is_one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_service", None)
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: service_module.service(), range(32)))
    assert len(found) == 1
