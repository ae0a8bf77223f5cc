from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until

from playground.experiment import Experiment
from playground.run.questions import DescribeNetwork
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service.lanes import lane as lane_module
from playground.service.lanes.lane import LocalLane

LONG = Experiment().replace({"training.epochs": 1000, "training.device": "cpu"})


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_is_killed_is_replaced_and_one_that_is_closed_ends(
    playground_home: Path,
) -> None:
    lanes: list[LocalLane] = []

    def opening(*hooks: Any) -> LocalLane:
        lanes.append(LocalLane(*hooks))
        return lanes[-1]

    service = TrainingService(opening)

    def look(run_id: str) -> RunSnapshot:
        return service.snapshot(run_id)

    try:
        run_id = service.submit(LONG)
        wait_until(lambda: look(run_id).epochs, "an epoch")
        os.kill(lanes[0].process_id, signal.SIGKILL)
        wait_until(lambda: look(run_id).note, "word of the killed worker")
        seen = len(look(run_id).epochs)
        assert "killed from outside. The run went on from its last epoch." in look(run_id).note
        wait_until(lambda: len(look(run_id).epochs) > seen, "an epoch of the next worker")
        summary = service.inquiries.ask(DescribeNetwork(LONG), patience=60).result
        assert summary is not None
        assert summary.parameters == 4810
        assert service.environment is not None
        assert service.problem == ""
    finally:
        service.close()
    assert look(run_id).status is RunStatus.INTERRUPTED
    assert len(lanes) == 2
    assert not any(is_alive(lane.process_id) for lane in lanes)
    lanes[1].send({"command": "stop", "run": run_id})  # nobody hears it, nobody waits


@pytest.mark.parametrize(
    ("code", "kills", "told"),
    [
        (-9, 1, "because memory ran out: choose a smaller batch size"),
        (-9, 0, "was killed from outside"),
        (-15, 1, "was killed from outside"),
        (-11, 0, "crashed (signal 11); see worker.log"),
        (1, 0, "ended (status 1); see worker.log"),
    ],
)
def test_the_end_of_a_worker_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, code: int, kills: int, told: str
) -> None:
    lane = LocalLane.__new__(LocalLane)
    lane._kills_before = 3
    monkeypatch.setattr(lane_module, "_out_of_memory_kills", lambda: 3 + kills)
    assert told in lane._why_it_ended(code)
