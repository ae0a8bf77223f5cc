from __future__ import annotations

from typing import Any

import pytest

from playground.experiment import Experiment
from playground.run.protocol import Message, pack
from playground.run.questions import DescribeNetwork
from playground.run.records import Environment, ModelSummary
from playground.service import TrainingService
from playground.service.lanes.needs import Needs

SMALL = Environment(devices=("cpu",), memory_megabytes=2_000)
LARGE = Environment(devices=("cpu", "cuda:0"), memory_megabytes=100_000)


@pytest.mark.parametrize(
    ("needs", "small", "large"),
    [
        (Needs(), True, True),
        (Needs("cpu", 1_000), True, True),
        (Needs("auto", 50_000), False, True),
        (Needs("cuda"), False, True),
        (Needs("cuda:0"), False, True),
        (Needs("cuda:1"), False, False),
    ],
)
def test_a_lane_is_able_where_it_has_the_device_and_the_memory(
    needs: Needs, small: bool, large: bool
) -> None:
    assert needs.are_met_by(SMALL) is small
    assert needs.are_met_by(LARGE) is large
    assert needs.are_met_by(None)
    assert needs.are_met_by(Environment(devices=LARGE.devices)) is (needs.device != "cuda:1")


class Lane:
    """A lane that says hello with an environment and takes note of what it gets."""

    def __init__(self, on_event: Any, on_end: Any) -> None:
        self.on_event = on_event
        self.on_end = on_end
        self.commands: list[Message] = []

    def send(self, command: Message) -> None:
        self.commands.append(command)

    def kill(self) -> None: ...

    def close(self) -> None: ...


def opened(*environments: Environment) -> tuple[TrainingService, list[Lane]]:
    """Return a service and its lanes, each of which has said hello."""
    lanes: list[Lane] = []

    def opening(*hooks: Any) -> Lane:
        lanes.append(Lane(*hooks))
        return lanes[-1]

    service = TrainingService(opening)
    service.warm_up()
    for lane, environment in zip(lanes, environments, strict=True):
        lane.on_event({"event": "hello", "environment": pack(environment)})
    return service, lanes


def test_a_run_goes_to_a_lane_that_has_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", "2")
    service, lanes = opened(SMALL, LARGE)
    for _ in range(2):
        service.submit(Experiment().replace({"training.device": "cuda"}))
    started = [sum(each["command"] == "start" for each in lane.commands) for lane in lanes]
    assert started == [0, 2]
    service.close()


def test_a_network_that_was_described_goes_to_a_lane_with_the_memory_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", "2")
    service, lanes = opened(SMALL, LARGE)
    question = DescribeNetwork(Experiment())
    service.inquiries.ask(question)
    [asked] = lanes[0].commands
    summary = ModelSummary(1, (1, 8, 8), (), memory_megabytes=50_000)
    answer = {"event": "answer", "request": asked["request"], "result": pack(summary)}
    lanes[0].on_event(answer)
    service.submit(Experiment())
    assert [command["command"] for command in lanes[1].commands] == ["start"]
    service.close()


def test_what_a_lane_without_a_place_had_goes_on_on_another_that_is_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", "2")
    service, lanes = opened(SMALL, SMALL)
    first, second = (service.submit(Experiment()) for _ in range(2))
    lanes[0].on_event({"event": "broken", "message": "No node has room."})
    lanes[0].on_end("It ended.")
    assert [command["run"] for command in lanes[1].commands] == [second, first]
    lanes[1].on_event({"event": "broken", "message": "No node has room."})
    lanes[1].on_end("It ended.")
    for run_id in (first, second):
        assert service.snapshot(run_id).message == "No node has room."
    service.close()
