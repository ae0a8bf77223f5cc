from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until

from playground.experiment import Experiment
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service import lane as lane_module
from playground.service.lane import LocalLane

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
        first = service.submit(LONG)
        wait_until(lambda: look(first).epochs, "an epoch")
        os.kill(lanes[0].process_id, signal.SIGKILL)
        wait_until(lambda: look(first).status.is_over, "the end of the run")
        assert look(first).status is RunStatus.FAILED
        assert "was killed from outside" in look(first).message
        assert look(first).epochs[0].epoch == 1  # what it had done stays

        second = service.submit(LONG)
        assert service.describe(LONG, patience=60).result.parameters == 4810
        wait_until(lambda: look(second).epochs, "an epoch of the next run")
        assert look(second).epochs[0].same_result(look(first).epochs[0])
        assert service.environment is not None
        assert service.problem == ""
    finally:
        service.close()
    assert look(second).status is RunStatus.INTERRUPTED
    assert len(lanes) == 2
    assert not any(is_alive(lane.process_id) for lane in lanes)
    with pytest.raises((OSError, ValueError)):
        lanes[1].send({"command": "stop", "run": second})


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
