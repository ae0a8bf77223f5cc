from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from processes import wait_until
from tiny import results

from playground.engine.runs.execution import execute
from playground.experiment import Experiment
from playground.run.questions import DescribeNetwork
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service.lanes import lane as lane_module
from playground.service.lanes import supervisor
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
    keeper = Lanes()
    service, lanes = TrainingService(keeper.open), keeper.opened

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


# A worker that computes as any, but that the runs with the seed 7 wait at each batch until the test
# opens the gate; `least_seconds` knows of them what the test says.
_GATED = """
import sys, time
from pathlib import Path
from playground.engine.training import training
from playground.worker import loop, process

gate, known = Path(sys.argv[1]), float(sys.argv[2])
build = training.build_step

def build_gated(experiment, *others):
    step = build(experiment, *others)

    def gated(*batch):
        (gate / "computing").touch()
        while not (gate / "open").exists():
            time.sleep(0.01)
        return step(*batch)

    return gated if experiment.training.seed == 7 else step

training.build_step = build_gated
loop.least_seconds = lambda experiment: known if experiment.training.seed == 7 else 0.0
sys.exit(process.main())
"""
GATED = LONG.replace({"training.seed": 7, "training.epochs": 2})


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


def gated(monkeypatch: pytest.MonkeyPatch, gate: Path, known: float) -> None:
    program = [sys.executable, "-c", _GATED, str(gate), str(known)]
    monkeypatch.setattr(lane_module, "_WORKER", program)


class Lanes:
    """Opens workers and keeps them; its service is closed at the end of the block."""

    def __init__(self) -> None:
        self.opened: list[LocalLane] = []

    def open(self, *hooks: Any) -> LocalLane:
        self.opened.append(LocalLane(*hooks))
        return self.opened[-1]

    def __enter__(self) -> TrainingService:
        self._service = TrainingService(self.open)
        return self._service

    def __exit__(self, *_: object) -> None:
        self._service.close()


def test_a_short_run_goes_on_and_obeys_while_a_long_batch_is_computed(
    gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated(monkeypatch, gate, known=19.0)
    lanes = Lanes()
    with lanes as service:
        short, slow = service.submit(LONG), service.submit(GATED)
        wait_until((gate / "computing").exists, "the long batch")
        service.control(short, "pause")
        wait_until(lambda: service.snapshot(short).status is RunStatus.PAUSED, "the pause")
        service.control(short, "resume")
        seen = len(service.snapshot(short).epochs)
        wait_until(lambda: len(service.snapshot(short).epochs) > seen + 1, "epochs")
        assert service.snapshot(slow).epochs == ()
        (gate / "open").touch()
        wait_until(lambda: service.snapshot(slow).status.is_over, "the run with the long batches")
        snapshot = service.snapshot(slow)
        assert snapshot.status is RunStatus.FINISHED
        assert results(snapshot.epochs) == results(list(execute(GATED)))
        _, long_lane = lanes.opened
        wait_until(lambda: not is_alive(long_lane.process_id), "the end of its process")
        assert not service.snapshot(short).status.is_over


@pytest.mark.parametrize("hang", ["it is held", "a batch has no end"])
def test_a_worker_that_hangs_is_ended_and_its_run_goes_on_with_the_same_numbers(
    hang: str, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: clock[0])
    gated(monkeypatch, gate, known=0.0)
    if hang == "it is held":
        (gate / "open").touch()
    lanes = Lanes()
    with lanes as service:
        run_id = service.submit(GATED.replace({"training.epochs": 200}), owner="me")
        wait_until((gate / "computing").exists, "the first batch")
        if hang == "it is held":
            wait_until(lambda: service.snapshot(run_id).epochs, "an epoch")
            os.kill(lanes.opened[0].process_id, signal.SIGSTOP)

        def is_told() -> bool:
            clock[0] += 1
            return service.watchdog.silence(run_id) > 0

        def is_ended() -> bool:  # what it had said before may still come
            is_told()
            service.watchdog.end(run_id)
            return len(lanes.opened) > 1

        wait_until(is_told, "word of the silence")
        wait_until(is_ended, "the next worker")
        (gate / "open").touch()
        wait_until(lambda: not is_alive(lanes.opened[0].process_id), "the end of the silent one")
        wait_until(lambda: service.snapshot(run_id).status.is_over, "the end of the run")
        snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.FINISHED
    assert "gave no answer and was ended" in snapshot.note
    assert results(snapshot.epochs) == results(list(execute(snapshot.experiment)))
