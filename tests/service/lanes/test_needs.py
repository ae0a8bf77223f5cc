from __future__ import annotations

from typing import Any

import pytest

from playground.experiment import Experiment
from playground.run.protocol import Message
from playground.run.records import Environment
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

    environments: tuple[Environment, ...] = ()

    def __init__(self, on_event: Any, _: Any) -> None:
        self.on_event = on_event
        self.commands: list[Message] = []

    def send(self, command: Message) -> None:
        self.commands.append(command)

    def close(self) -> None: ...


def test_a_run_goes_to_a_lane_that_has_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", "2")
    lanes: list[Lane] = []

    def opening(*hooks: Any) -> Lane:
        lanes.append(Lane(*hooks))
        return lanes[-1]

    service = TrainingService(opening)
    service.warm_up()
    for lane, environment in zip(lanes, (SMALL, LARGE), strict=True):
        fields = {name: getattr(environment, name) for name in ("devices", "memory_megabytes")}
        lane.on_event({"event": "hello", "environment": fields})
    for _ in range(2):
        service.submit(Experiment().replace({"training.device": "cuda"}))
    started = [sum(each["command"] == "start" for each in lane.commands) for lane in lanes]
    assert started == [0, 2]
    service.close()
