from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier, Event
from typing import Any

import pytest
from processes import wait_until
from workshop import STARTED, SUMMARY, FakeLane, Workshop

from playground.errors import PlaygroundError, UnknownRun, WorkerUnavailable
from playground.experiment import Experiment
from playground.run import protocol
from playground.run.questions import DescribeNetwork, PreviewImages, read_question
from playground.run.records import (
    Environment,
    PreparationRecord,
)
from playground.service import RunStatus, TrainingService, admission
from playground.service.admission import RUNNING_PER_OWNER
from playground.service.lanes import lane as lane_module
from playground.service.lanes import supervisor
from playground.service.permission import Person
from playground.service.store.store import RunStore

service_module = import_module("playground.service.service")  # the package has it as a function

NEVER = 60.0  # seconds of patience that no test uses up


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def service(workshop: Workshop) -> Iterator[TrainingService]:
    service = TrainingService(workshop.open)
    yield service
    service.close()


def test_a_lane_is_opened_when_it_is_needed_and_says_what_it_computes_on(
    service: TrainingService, workshop: Workshop
) -> None:
    workshop.greets = False
    assert (workshop.lanes, service.environment, service.problem) == ([], None, "")
    service.warm_up()
    service.warm_up()
    assert (len(workshop.lanes), service.environment) == (1, None)
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


def test_a_snapshot_follows_the_run_to_its_end(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id, other = service.submit(Experiment()), service.submit(Experiment())
    lane = workshop.lane
    lane.tell("preparing", run_id, PreparationRecord("Loading", 0.5))
    first = service.snapshot(run_id)
    assert first.preparation == PreparationRecord("Loading", 0.5)
    lane.begin(run_id, epochs=1)
    snapshot = service.snapshot(run_id)
    assert snapshot.started == STARTED
    points = [(point.position, point.mean) for point in snapshot.batches]
    assert points == [(0.25, 2.0), (0.5, 1.0), (0.75, 2.0 / 3), (1.0, 0.5)]
    assert [record.epoch for record in snapshot.epochs] == [1]
    lane.tell("finished", run_id, best_epoch=1)
    assert service.snapshot(run_id).status is RunStatus.FINISHED
    assert service.snapshot(other).status is RunStatus.QUEUED
    assert first.epochs == ()  # what a page holds does not change under its hands
    assert service.snapshot(run_id).version > first.version


@pytest.mark.parametrize("action", ["pause", "resume", "step", "stop"])
def test_control_reaches_the_run_and_none_but_resume_one_that_is_over(
    service: TrainingService, workshop: Workshop, action: Any
) -> None:
    run_id = service.submit(Experiment())
    service.control(run_id, action)
    assert workshop.lane.sent[-1] == {"command": action, "run": run_id}
    workshop.lane.tell("stopped", run_id)
    service.control(run_id, action)
    assert len(workshop.starts()) == (2 if action == "resume" else 1)
    assert service.snapshot(run_id).status.is_over == (action != "resume")


def test_a_run_that_has_finished_is_not_resumed(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.tell("finished", run_id, best_epoch=0)
    with pytest.raises(PlaygroundError, match=r"has finished.*press Train"):
        service.control(run_id, "resume")


def test_a_run_that_was_stopped_resumes_from_its_checkpoint_under_a_larger_fence(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment(), one_epoch=True)
    workshop.lane.begin(run_id, epochs=1)
    workshop.lane.tell("stopped", run_id)
    service.control(run_id, "resume")
    first, second = workshop.starts()
    assert (first["begin"]["resumes"], second["begin"]["resumes"]) == (False, True)
    assert second["begin"]["fence"] > first["begin"]["fence"]
    assert not second["one_epoch"]
    assert service.snapshot(run_id).status is RunStatus.QUEUED
    assert [record.epoch for record in service.snapshot(run_id).epochs] == [1]


def test_what_comes_of_a_run_after_its_end_or_of_an_unknown_one_is_ignored(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.begin(run_id)
    workshop.lane.tell("stopped", run_id)
    over = service.snapshot(run_id)
    for late in (run_id, "ghost"):
        workshop.lane.train_an_epoch(late)
        workshop.lane.tell("failed", late, message="Late.")
    assert service.snapshot(run_id) == over
    with pytest.raises(UnknownRun, match="not known here"):
        service.snapshot("ghost")
    with pytest.raises(UnknownRun):
        service.control("ghost", "stop")


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_a_lane_that_dies_at_any_moment_is_replaced_and_its_runs_go_on(
    service: TrainingService, workshop: Workshop, epochs: int
) -> None:
    over, run_id = service.submit(Experiment()), service.submit(Experiment())
    first = workshop.lane
    first.tell("stopped", over)
    first.begin(run_id, epochs)
    first.die("Memory ran out.")
    snapshot = service.snapshot(run_id)
    went = "went on from its last epoch" if epochs else "began again"
    assert snapshot.status is RunStatus.QUEUED
    assert snapshot.note == f"Memory ran out. The run {went}."
    assert service.snapshot(over).status is RunStatus.STOPPED
    assert len(workshop.lanes) == 2  # before anybody asks
    assert service.problem == ""
    before, again = (command for command in workshop.starts() if command["run"] == run_id)
    assert again["begin"]["resumes"]
    assert again["begin"]["fence"] > before["begin"]["fence"]
    workshop.lane.begin(run_id)
    assert service.snapshot(run_id).status is RunStatus.RUNNING


def test_a_run_that_is_paused_when_its_lane_dies_stays_paused_until_it_is_resumed(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    workshop.lane.begin(run_id, epochs=1)
    workshop.lane.tell("paused", run_id)
    workshop.lane.die()
    assert service.snapshot(run_id).status is RunStatus.PAUSED
    assert workshop.lane.sent == []
    service.control(run_id, "step")
    [command] = workshop.lane.sent
    assert (command["begin"]["resumes"], command["one_epoch"]) == (True, True)


def test_a_run_under_which_three_lanes_die_without_an_epoch_waits_for_a_person(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    for epoch in (1, 2):  # those that bring it forward do not count
        for _ in range(2):
            workshop.lane.die("It crashed.")
        workshop.lane.tell("started", run_id, STARTED)
        workshop.lane.train_an_epoch(run_id, epoch)
    for _ in range(3):
        assert not service.snapshot(run_id).status.is_over
        workshop.lane.die("It crashed.")
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.INTERRUPTED
    assert snapshot.note == ""  # "went on" is no longer true
    assert snapshot.message.startswith("It crashed. That happened 3 times with no epoch in between")
    assert len(snapshot.epochs) == 2
    service.control(run_id, "resume")  # a person may still say: once more
    assert service.snapshot(run_id).status is RunStatus.QUEUED


def test_a_waiting_run_can_be_paused_resumed_and_stopped(
    service: TrainingService, workshop: Workshop
) -> None:
    runs = [service.submit(Experiment(), owner="me") for _ in range(RUNNING_PER_OWNER + 2)]
    waiting, next_one = runs[-2:]

    def places() -> list[int]:
        return [service.snapshot(run_id).place for run_id in (waiting, next_one)]

    assert places() == [1, 2]
    service.control(waiting, "pause", Person("me"))
    assert (service.snapshot(waiting).status, places()) == (RunStatus.PAUSED, [0, 1])
    service.control(waiting, "resume", Person("me"))
    assert places() == [2, 1]
    service.control(next_one, "stop", Person("me"))
    assert service.snapshot(next_one).status is RunStatus.STOPPED
    workshop.lane.tell("stopped", runs[0])
    assert workshop.starts()[-1]["run"] == waiting


def test_networks_of_paused_runs_are_put_aside_where_memory_has_no_room(
    service: TrainingService, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "PAUSED_RUNS", 2)
    first, second, third = (service.submit(Experiment()) for _ in range(3))
    for run_id in (first, second, third):
        workshop.lane.begin(run_id, epochs=1)
        workshop.lane.tell("paused", run_id)
    assert workshop.lane.sent[-1] == {"command": "forget", "run": first}
    assert service.snapshot(first).status is RunStatus.PAUSED
    service.control(first, "resume")
    assert workshop.starts()[-1]["run"] == first
    assert workshop.starts()[-1]["begin"]["resumes"]
    service.control(second, "resume")
    assert workshop.lane.sent[-1] == {"command": "resume", "run": second}


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
    service: TrainingService, workshop: Workshop
) -> None:
    service.warm_up()
    first = workshop.lane
    first.is_dead = True  # nobody has noticed yet
    run_id = service.submit(Experiment())
    service.control(run_id, "step")
    assert first.sent == []
    first.die()
    assert workshop.lane is not first
    assert workshop.lane.sent[-1]["run"] == run_id
    assert service.snapshot(run_id).status is RunStatus.QUEUED


def test_a_lane_that_cannot_be_opened_is_a_problem_in_words(
    service: TrainingService, workshop: Workshop
) -> None:
    workshop.broken = PermissionError(13, "Permission denied", "/state")
    for _ in range(5):
        with pytest.raises(WorkerUnavailable) as caught:
            service.submit(Experiment())
    sentence = (
        "The process that trains does not start: Permission denied (/state). Set PLAYGROUND_HOME "
        "to a folder that can be written, and start the app again."
    )
    assert str(caught.value) == service.problem == sentence
    assert service.inquiries.ask(DescribeNetwork(Experiment())).refusal == sentence
    assert service._runs == {}


def test_a_lane_that_comes_on_the_second_try_is_no_problem_any_more(
    service: TrainingService, workshop: Workshop
) -> None:
    workshop.greets = False
    service.warm_up()
    workshop.lane.die("It stumbled.")
    assert service.problem == "It stumbled."
    workshop.lane.greet()
    assert service.problem == ""
    for _ in range(5):  # a worker that came to greet is always replaced
        workshop.lane.die()
        workshop.lane.greet()
    assert len(workshop.lanes) == 7


def test_a_broken_installation_is_told_and_not_tried_again(
    service: TrainingService, workshop: Workshop
) -> None:
    workshop.greets = False
    told = "PyTorch does not load here."
    run_id = service.submit(Experiment())
    workshop.lane.say({"event": "broken", "message": told})
    workshop.lane.die("It ended (status 1).")
    assert service.problem == service.snapshot(run_id).message == told
    assert service.snapshot(run_id).status is RunStatus.INTERRUPTED
    assert service.inquiries.ask(DescribeNetwork(Experiment())).refusal == told
    assert len(workshop.lanes) == 1


def test_a_lane_that_never_comes_to_greet_is_tried_three_times_and_again_after_a_while(
    service: TrainingService, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: clock[0])
    workshop.greets = False
    service.warm_up()
    for _ in range(3):
        workshop.lane.die("It ended (status 1); see worker.log.")
    assert service.problem == "It ended (status 1); see worker.log."
    with pytest.raises(WorkerUnavailable, match="status 1"):
        service.submit(Experiment())
    service.warm_up()
    assert len(workshop.lanes) == 3  # not at every look of a page
    clock[0] += 11
    workshop.greets = True
    service.warm_up()
    assert (len(workshop.lanes), service.problem) == (4, "")
    run_id = service.submit(Experiment())
    assert service.snapshot(run_id).status is RunStatus.QUEUED


def test_a_description_is_asked_once_and_kept(service: TrainingService, workshop: Workshop) -> None:
    experiment = Experiment()
    assert not service.inquiries.ask(DescribeNetwork(experiment)).is_ready
    [command] = workshop.lane.sent
    assert (command["command"], command["question"]) == ("ask", "DescribeNetwork")
    assert read_question(DescribeNetwork, command["inputs"]) == DescribeNetwork(experiment)
    workshop.lane.say(
        {"event": "answer", "request": command["request"], "result": protocol.pack(SUMMARY)}
    )
    assert service.inquiries.ask(DescribeNetwork(experiment)).result == SUMMARY
    assert service.inquiries.ask(DescribeNetwork(Experiment())).result == SUMMARY
    assert len(workshop.lane.sent) == 1


def test_images_that_are_not_here_are_fetched_when_asked_to(
    service: TrainingService, workshop: Workshop
) -> None:
    question = PreviewImages.of(Experiment())
    service.inquiries.ask(question)
    request = workshop.lane.sent[0]["request"]
    workshop.lane.say({"event": "refused", "request": request, "message": "Not here."})
    assert service.inquiries.ask(question).refusal == "Not here."
    service.inquiries.retry(PreviewImages.of(Experiment(), download=True))
    fetching = workshop.lane.sent[1]
    assert fetching["inputs"]["download"] is True
    progress = {"message": "Downloading", "fraction": 0.5}
    workshop.lane.say({"event": "progress", "request": fetching["request"], "record": progress})
    assert service.inquiries.ask(question).progress == PreparationRecord("Downloading", 0.5)
    service.inquiries.cancel(question)
    assert workshop.lane.sent[2] == {"command": "cancel", "request": fetching["request"]}
    service.inquiries.forget(question)
    assert not service.inquiries.ask(question).is_ready
    assert workshop.lane.sent[3]["inputs"]["download"] is False


def test_a_page_that_waits_for_an_answer_when_the_worker_dies_asks_the_next_one(
    service: TrainingService, workshop: Workshop
) -> None:
    with ThreadPoolExecutor() as page:
        service.warm_up()
        first = workshop.lane
        waiting = page.submit(service.inquiries.ask, DescribeNetwork(Experiment()), NEVER)
        wait_until(lambda: first.sent, "the question")
        first.die()
        assert not waiting.result(NEVER).is_ready
    service.inquiries.ask(DescribeNetwork(Experiment()))
    workshop.lane.answer(SUMMARY)
    assert service.inquiries.ask(DescribeNetwork(Experiment())).result == SUMMARY


def test_closing_ends_the_lane_and_tells_its_runs(
    service: TrainingService, workshop: Workshop
) -> None:
    run_id = service.submit(Experiment())
    service.close()
    service.close()
    assert workshop.lane.is_closed
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.INTERRUPTED
    assert "The server ended while this run was under way" in snapshot.message
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

    def page(number: int) -> list[str]:
        together.wait(NEVER)
        mine = []
        for count in range(30):
            mine.append(service.submit(Experiment(), owner=str(number)))
            service.control(mine[-1], "step", Person(str(number)))
            other = Experiment().replace({"training.seed": number * 100 + count})
            service.inquiries.ask(DescribeNetwork(other))
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
            wait_until(
                lambda: all(service.snapshot(run_id).status.is_over for run_id in runs),
                "the end of every run",
            )
        finally:
            over.set()
        assert computing.result(NEVER) >= 180 // 15
    workshop.lane.die("The end.")
    assert len(set(runs)) == 180
    ends = {service.snapshot(run_id).status for run_id in runs}
    assert RunStatus.FINISHED in ends <= {RunStatus.FINISHED, RunStatus.INTERRUPTED}
    for run_id in runs:
        snapshot = service.snapshot(run_id)
        assert (snapshot.status is RunStatus.INTERRUPTED) == bool(snapshot.message)
    assert service.inquiries._requests == {}
    service.close()
    assert service._runs == {}
    assert {run.info.run_id for run in RunStore().runs()} == set(runs)


def test_several_workers_share_the_runs_and_the_threads(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", "2")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert lane_module._environment()["PLAYGROUND_THREADS"] == "4"
    service = TrainingService(workshop.open)
    runs = [service.submit(Experiment()) for _ in range(4)]
    first, second = workshop.lanes
    assert [command["run"] for command in first.sent] == runs[::2]
    assert [command["run"] for command in second.sent] == runs[1::2]
    service.control(runs[1], "pause")
    assert second.sent[-1] == {"command": "pause", "run": runs[1]}
    first.die("It crashed.")
    assert len(workshop.lanes) == 3
    assert {command["run"] for command in workshop.lane.sent} == {runs[0], runs[2]}
    assert service.snapshot(runs[0]).note.startswith("It crashed.")
    assert service.snapshot(runs[1]).note == ""
    service.inquiries.ask(DescribeNetwork(Experiment()))
    assert workshop.lane.sent[-1]["command"] == "ask"
    service.close()
    assert all(lane.is_closed for lane in (second, workshop.lane))


@pytest.mark.parametrize("wanted", ["", "many", "0", "-1"])
def test_one_worker_takes_all_threads(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", wanted)
    assert lane_module.workers() == 1
    assert "PLAYGROUND_THREADS" not in lane_module._environment()


def test_there_is_one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "_service", None)
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: service_module.service(), range(32)))
    assert len(found) == 1
