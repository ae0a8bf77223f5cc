"""Lanes that give no answer: who is told, who may end them, and what becomes of their runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from processes import wait_until
from workshop import Workshop

from playground.errors import NotYours
from playground.experiment import Experiment
from playground.service import RunStatus, TrainingService
from playground.service.admission import RUNNING_PER_OWNER
from playground.service.lanes import supervisor
from playground.service.permission import Person

CALL = {"command": "call"}


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def service(workshop: Workshop) -> Iterator[TrainingService]:
    service = TrainingService(workshop.open)
    yield service
    service.close()


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds go by for whoever looks at the clock of the lanes."""
    clock = [1000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: clock[0])

    def wait(seconds: float) -> None:
        clock[0] += seconds

    return wait


@pytest.fixture
def hush(service: TrainingService, wait: Callable[[float], None]) -> Callable[[str], float]:
    """Let the lane of a run say nothing for long enough, while a page looks at it."""

    def hush(run_id: str) -> float:
        wait(2)
        service.watchdog.silence(run_id)
        wait(6)
        return service.watchdog.silence(run_id)

    return hush


def test_a_quiet_lane_is_called_once_and_is_silent_only_if_it_does_not_answer(
    service: TrainingService, workshop: Workshop, wait: Callable[[float], None]
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.begin(run_id)
    silence = service.watchdog.silence
    assert (silence(run_id), CALL in workshop.lane.sent) == (0, False)
    wait(2)
    assert (silence(run_id), workshop.lane.sent[-1]) == (0, CALL)
    wait(4)
    assert (silence(run_id), workshop.lane.sent.count(CALL)) == (0, 1)
    workshop.lane.say({"event": "here"})
    wait(100)  # nobody looked: from the next look on it has its time
    assert (silence(run_id), workshop.lane.sent.count(CALL)) == (0, 2)
    wait(6)
    assert silence(run_id) == 6
    workshop.lane.train_an_epoch(run_id)  # any word will do
    assert silence(run_id) == 0
    workshop.lane.tell("finished", run_id)
    wait(100)
    assert silence(run_id) == silence("ghost") == 0


def test_a_worker_that_is_still_loading_has_a_minute(
    service: TrainingService, workshop: Workshop, wait: Callable[[float], None]
) -> None:
    workshop.greets = False
    run_id = service.submit(Experiment())
    wait(59)
    assert service.watchdog.silence(run_id) == 0
    wait(2)
    assert service.watchdog.silence(run_id) == 61
    workshop.lane.greet()
    assert service.watchdog.silence(run_id) == 0


def test_those_with_a_run_on_a_silent_lane_may_end_it_and_all_its_runs_go_on(
    service: TrainingService, workshop: Workshop, hush: Callable[[str], float]
) -> None:
    mine, theirs = (service.submit(Experiment(), owner=owner) for owner in ("me", "you"))
    first = workshop.lane
    for run_id in (mine, theirs):
        first.begin(run_id, epochs=1)
    assert hush(mine) == service.watchdog.silence(theirs) == 6
    may = [service.watchdog.may_end(mine, Person(owner)) for owner in ("me", "you", "stranger")]
    assert may == [True, True, False]
    with pytest.raises(NotYours, match="none of your runs"):
        service.watchdog.end(mine, Person("stranger"))
    assert not first.is_dead
    service.watchdog.end(mine, Person("you"))
    assert first.is_dead
    assert [command["run"] for command in workshop.lane.sent] == [mine, theirs]
    for run_id in (mine, theirs):
        snapshot = service.snapshot(run_id)
        assert (snapshot.status, len(snapshot.epochs)) == (RunStatus.QUEUED, 1)
        assert snapshot.note == (
            "The process that trains gave no answer and was ended. The run went on from its last "
            "epoch."
        )
    first.train_an_epoch(mine, 2)  # what it still says, and its end, change nothing any more
    first.die()
    assert len(service.snapshot(mine).epochs) == 1
    assert len(workshop.lanes) == 2


def test_a_lane_that_answers_after_all_is_not_ended(
    service: TrainingService, workshop: Workshop, hush: Callable[[str], float]
) -> None:
    run_id = service.submit(Experiment(), owner="me")
    assert hush(run_id)
    workshop.lane.say({"event": "here"})
    service.watchdog.end(run_id, Person("me"))
    assert not workshop.lane.is_dead


def test_a_run_that_hangs_again_and_again_waits_for_a_person(
    service: TrainingService, workshop: Workshop, hush: Callable[[str], float]
) -> None:
    run_id = service.submit(Experiment())
    for _ in range(3):
        assert not service.snapshot(run_id).status.is_over
        workshop.lane.begin(run_id)
        assert hush(run_id)
        service.watchdog.end(run_id)
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.INTERRUPTED
    assert "no answer and was ended. That happened 3 times with no epoch" in snapshot.message


@pytest.mark.parametrize(
    ("status", "asked", "then", "starts"),
    [
        ("resumed", "stop", RunStatus.STOPPED, 0),
        ("resumed", "pause", RunStatus.PAUSED, 0),
        ("paused", "stop", RunStatus.STOPPED, 0),
        ("paused", "", RunStatus.PAUSED, 0),
        ("paused", "resume", RunStatus.QUEUED, 1),
        ("paused", "step", RunStatus.QUEUED, 1),
        ("resumed", "", RunStatus.QUEUED, 1),
    ],
)
def test_what_a_silent_lane_was_told_is_done_when_it_has_ended(
    service: TrainingService,
    workshop: Workshop,
    hush: Callable[[str], float],
    status: str,
    asked: Any,
    then: RunStatus,
    starts: int,
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.begin(run_id, epochs=1)
    workshop.lane.tell("paused", run_id)
    if status == "resumed":
        service.control(run_id, "resume")
        workshop.lane.tell("resumed", run_id)
    if asked:
        service.control(run_id, asked)
    assert hush(run_id)
    service.watchdog.end(run_id)
    assert service.snapshot(run_id).status is then
    again = [command for command in workshop.lane.sent if command["command"] == "start"]
    assert len(again) == starts
    assert [command["one_epoch"] for command in again] == [asked == "step"] * starts


def test_a_run_whose_batches_take_long_gets_a_lane_for_such_runs_which_ends_with_the_last(
    service: TrainingService, workshop: Workshop
) -> None:
    runs = [service.submit(Experiment()) for _ in range(4)]
    usual = workshop.lane
    for run_id in runs[:3]:
        usual.begin(run_id, epochs=1)
        usual.tell("long", run_id, seconds=19.0, one_epoch=False)
    _, first, second = workshop.lanes
    assert [command["longest"] for command in usual.sent] == [1.0] * 4
    started = [[command["run"] for command in lane.sent] for lane in (first, second)]
    assert started == [[runs[0], runs[2]], [runs[1]]]
    for command, before in zip(first.sent, usual.sent[::2], strict=False):
        assert "longest" not in command
        assert command["begin"]["resumes"]
        assert command["begin"]["fence"] > before["begin"]["fence"]
    snapshot = service.snapshot(runs[0])
    assert (snapshot.status, len(snapshot.epochs)) == (RunStatus.QUEUED, 1)
    assert snapshot.note.startswith("A batch of this run takes longer than a second")
    second.tell("finished", runs[1])
    wait_until(lambda: second.is_closed, "the end of the lane without a run")
    first.tell("stopped", runs[0])
    assert not first.is_closed
    service.control(runs[2], "pause")
    first.tell("paused", runs[2])
    first.tell("stopped", runs[2])
    wait_until(lambda: first.is_closed, "the end of the other one")
    assert not usual.is_closed
    service.control(runs[0], "resume")
    assert (len(workshop.lanes), workshop.lane.sent[-1]["run"]) == (4, runs[0])


def test_a_lane_for_long_batches_has_more_time_to_answer(
    service: TrainingService,
    workshop: Workshop,
    hush: Callable[[str], float],
    wait: Callable[[float], None],
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.tell("long", run_id, seconds=10.0, one_epoch=False)
    workshop.lane.begin(run_id)
    assert hush(run_id) == 0
    wait(30)
    assert service.watchdog.silence(run_id) == 36


@pytest.mark.parametrize(
    ("asked", "then"), [("pause", RunStatus.PAUSED), ("stop", RunStatus.STOPPED)]
)
def test_what_comes_too_late_for_a_lane_that_has_let_go_is_done_all_the_same(
    service: TrainingService, workshop: Workshop, asked: Any, then: RunStatus
) -> None:
    run_id, *_, waiting = [service.submit(Experiment()) for _ in range(RUNNING_PER_OWNER + 1)]
    workshop.lane.begin(run_id)
    service.control(run_id, asked)
    workshop.lane.tell("long", run_id, seconds=19.0, one_epoch=False)
    assert service.snapshot(run_id).status is then
    assert workshop.starts()[-1]["run"] == waiting  # for which there is room now
    workshop.lane.tell("finished", waiting)
    service.control(run_id, "resume")
    assert workshop.starts()[-1]["run"] == run_id
    assert workshop.lane is not workshop.lanes[0]
