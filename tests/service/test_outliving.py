"""Runs outlive what computes them: killed workers, killed servers, with the numbers of none."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

import psutil
import pytest
from compared import experiment
from processes import finish, start_process, wait_until

from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import execute
from playground.errors import NotYours
from playground.experiment import Experiment
from playground.run.home import run_folder
from playground.run.records import EpochRecord
from playground.service import RunStatus, TrainingService
from playground.service.service import CUT_OFF

service_module = import_module("playground.service.service")  # the package has it as a function


CNN = {"model__architecture": "simple_cnn", "model__hidden_sizes": [4], "model__batch_norm": True}
AUGMENTED = {"data__augmentation": "crop_flip", "optimizer__schedule": "one_cycle"}
SMALL = {"data__training_images": 200, "training__batch_size": 4, "training__device": "cpu"}
KINDS = {
    "an MLP with dropout": experiment(
        **SMALL, model__hidden_sizes=[16], model__dropout=0.3, training__epochs=40
    ),
    "a CNN with batch norm": experiment(**SMALL, **CNN, training__epochs=15),
    "an MLP with dropout and augmentation": experiment(
        **SMALL, **AUGMENTED, model__dropout=0.2, training__epochs=30
    ),
}


def undisturbed(of: Experiment) -> list[EpochRecord]:
    with TorchState().active():
        return [record for record in execute(of) if isinstance(record, EpochRecord)]


def assert_same(mine: tuple[EpochRecord, ...], theirs: list[EpochRecord]) -> None:
    assert [record.epoch for record in mine] == [record.epoch for record in theirs]
    assert all(one.same_result(other) for one, other in zip(mine, theirs, strict=True))


def workers_of(process_id: int) -> list[psutil.Process]:
    children = psutil.Process(process_id).children()
    return [child for child in children if child.cmdline()[-1:] == ["worker"]]


@contextmanager
def serving() -> Iterator[TrainingService]:
    service = TrainingService()
    try:
        yield service
    finally:
        service.close()


@pytest.fixture
def service() -> Iterator[TrainingService]:
    with serving() as service:
        yield service


@pytest.mark.slow
def test_runs_whose_worker_is_killed_at_random_moments_end_with_the_numbers_of_none(
    service: TrainingService,
) -> None:
    chance = random.Random()
    runs = {kind: service.submit(of, owner=kind) for kind, of in KINDS.items()}

    def epochs() -> int:
        return sum(len(service.snapshot(run_id).epochs) for run_id in runs.values())

    # Twice: a run under which three workers die before it has done an epoch is given up.
    for _ in range(2):
        wanted = min(epochs() + chance.randint(1, 15), 80)
        wait_until(partial(lambda wanted: epochs() >= wanted, wanted), "some epochs")
        [worker] = workers_of(os.getpid())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    wait_until(
        lambda: all(service.snapshot(run_id).status.is_over for run_id in runs.values()),
        "the end of all runs",
    )
    for kind, of in KINDS.items():
        snapshot = service.snapshot(runs[kind])
        assert snapshot.status is RunStatus.FINISHED, snapshot.message
        assert_same(snapshot.epochs, undisturbed(of))


# A server without pages: it starts one run, tells its id, and then serves until it is killed.
_SERVER = textwrap.dedent(
    """
    import sys
    from playground.experiment import Experiment
    from playground.service import service

    print(service().submit(Experiment.from_json(sys.argv[1])), flush=True)
    sys.stdin.read()
    """
)


def start_server(of: Experiment) -> tuple[subprocess.Popen[bytes], str]:
    server = start_process("-c", _SERVER, of.to_json())
    assert server.stdout is not None
    return server, server.stdout.readline().decode().strip()


def kill_amid(server: subprocess.Popen[bytes], run_id: str, epoch: int) -> list[psutil.Process]:
    """Kill the server once the run has a checkpoint of that epoch; return its orphaned workers."""
    predictions = run_folder(run_id) / f"probabilities-{epoch + 1:04}.npy"
    wait_until(predictions.exists, f"epoch {epoch + 1}")
    orphans = workers_of(server.pid)
    server.kill()
    finish(server)
    return orphans


@pytest.mark.slow
@pytest.mark.parametrize("by_itself", [False, True])
def test_a_run_of_a_killed_server_is_taken_up_by_the_next_one(
    by_itself: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = KINDS["an MLP with dropout and augmentation"].replace({"training.epochs": 60})
    server, run_id = start_server(of)
    kill_amid(server, run_id, epoch=random.randint(1, 20))
    if by_itself:
        monkeypatch.setenv("PLAYGROUND_RESUME", "1")
        monkeypatch.setattr(service_module, "_service", None)
        monkeypatch.setattr("atexit.register", lambda hook: hook)
        service = service_module.service()
    else:
        service = TrainingService()
    try:
        if not by_itself:
            found = service.snapshot(run_id)
            assert (found.status, found.message) == (RunStatus.INTERRUPTED, CUT_OFF)
            assert [run.snapshot for run in service.runs()] == [found]
            service.control(run_id, "resume")
        wait_until(lambda: service.snapshot(run_id).status.is_over, "the end of the run")
        snapshot = service.snapshot(run_id)
        assert snapshot.status is RunStatus.FINISHED, snapshot.message
        assert_same(snapshot.epochs, undisturbed(of))
    finally:
        service.close()


@pytest.mark.slow
def test_a_worker_that_outlives_its_server_writes_nothing_once_the_run_is_taken_up() -> None:
    of = KINDS["a CNN with batch norm"].replace({"training.epochs": 200})
    server, run_id = start_server(of)
    folder = run_folder(run_id)
    wait_until((folder / "checkpoint.pt").exists, "a checkpoint")
    [orphan] = workers_of(server.pid)
    orphan.suspend()  # it does not notice that its server is gone, and wakes up later
    server.kill()
    finish(server)
    with serving() as service:
        service.control(run_id, "resume")
        wait_until(lambda: len(service.snapshot(run_id).epochs) >= 3, "epochs of the successor")
        service.control(run_id, "pause")
        wait_until(
            lambda: service.snapshot(run_id).status is RunStatus.PAUSED, "the successor's pause"
        )
        before = {file.name: file.read_bytes() for file in folder.glob("[cpf]*")}
        orphan.resume()
        orphan.wait(60)
        assert {file.name: file.read_bytes() for file in folder.glob("[cpf]*")} == before
        service.control(run_id, "stop")


def test_a_run_under_way_in_another_process_can_be_watched_and_stopped() -> None:
    of = KINDS["an MLP with dropout"].replace({"training.epochs": 1000})
    server, run_id = start_server(of)
    service = TrainingService()
    try:
        wait_until(service.runs, "the run")
        wait_until(lambda: len(service.snapshot(run_id).epochs) >= 5, "epochs as they come")
        for action in ("pause", "resume", "step"):
            with pytest.raises(NotYours, match="in another process"):
                service.control(run_id, action)
        service.change(run_id, name="Watched")
        seen = len(service.snapshot(run_id).epochs)
        wait_until(lambda: len(service.snapshot(run_id).epochs) > seen, "one more epoch")
        [run] = service.runs()
        assert run.info.name == "Watched"
        assert run.snapshot.status is RunStatus.RUNNING
        service.control(run_id, "stop")
        wait_until(lambda: service.snapshot(run_id).status is RunStatus.STOPPED, "its end")
        assert seen <= len(service.snapshot(run_id).epochs) < 1000
    finally:
        server.kill()
        finish(server)
        service.close()


def test_what_is_on_disk_after_a_kill_is_whole(playground_home: Path) -> None:
    server, run_id = start_server(KINDS["an MLP with dropout"])
    kill_amid(server, run_id, epoch=3)
    with serving() as service:
        snapshot = service.snapshot(run_id)
        document = json.loads((run_folder(run_id) / "run.json").read_bytes())
        assert document["info"]["run_id"] == run_id
        assert [done.epoch for done in snapshot.epochs] == [*range(1, len(snapshot.epochs) + 1)]
