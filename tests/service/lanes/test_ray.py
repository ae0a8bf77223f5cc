"""A Ray cluster of two nodes on this machine, each with a disk of its own; one dies, then all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brought import bring_points
from processes import wait_until
from tiny import results, tiny

from playground.engine.images.shelf import DataShelf
from playground.engine.runs.execution import execute
from playground.examination.cases import Run
from playground.examination.training import train, trained
from playground.examination.workers import train_all
from playground.experiment import Experiment
from playground.service import RunSnapshot, RunStatus, TrainingService
from playground.service.predictions import predicted_epochs, probabilities, validation_images

if os.environ.get("CI"):
    import ray  # noqa: F401  # there it is required
else:
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r tests/requirements.txt")

# A dead node is noticed within a second: its process takes no connection any more.
_QUICK = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_health_check_initial_delay_ms": "300",
    "RAY_health_check_period_ms": "300",
    "RAY_health_check_failure_threshold": "3",
}

SHORT = "/tmp"  # the path of a socket may have 107 bytes, and Ray adds 70 to the folder's


class Nodes:
    """A head and one more node. Each may compute two lanes, though there are only two in all."""

    def __init__(self, folder: Path) -> None:
        from ray.cluster_utils import Cluster

        self.disks = [folder / "head", folder / "other"]
        for disk in self.disks:
            disk.mkdir()
        room: dict[str, Any] = {"num_cpus": 2, "object_store_memory": 80_000_000}
        head, other = ({**room, "env_vars": {"TMPDIR": str(disk)}} for disk in self.disks)
        more = {"include_dashboard": False, "temp_dir": str(folder / "ray")}
        self.cluster = Cluster(initialize_head=True, head_node_args={**head, **more})
        self.other = self.cluster.add_node(**other)

    def on_disk(self, pattern: str) -> list[list[str]]:
        """Return the names on the disk of each node."""
        return [sorted(file.name for file in disk.glob(pattern)) for disk in self.disks]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Sockets lie in it, whose paths must be short.
    with tempfile.TemporaryDirectory("", "ray-", SHORT, ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def nodes(folder: Path) -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_QUICK, "RAY_TMPDIR": str(folder)}.items():
            patch.setenv(name, value)
        started = Nodes(folder)
        yield started
        started.cluster.shutdown()


@pytest.fixture(autouse=True)
def playground_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the state of every test here at one folder: they share a service."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder / "home"))
    return folder / "home"


@pytest.fixture(scope="module")
def service(nodes: Nodes, folder: Path) -> Iterator[TrainingService]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(folder / "home"))
        patch.delenv("PLAYGROUND_DATASETS", raising=False)
        patch.setenv("PLAYGROUND_RAY", nodes.cluster.address)
        patch.setenv("PLAYGROUND_WORKERS", "2")
        patch.setenv("PLAYGROUND_THREADS", "1")
        running = TrainingService()
        running.warm_up()
        yield running
        running.close()


def look(service: TrainingService, run_id: str) -> RunSnapshot:
    assert service.problem == ""
    return service.snapshot(run_id)


def finish(service: TrainingService, run_id: str) -> RunSnapshot:
    wait_until(lambda: look(service, run_id).status.is_over, "the end of the run")
    snapshot = look(service, run_id)
    assert snapshot.status is RunStatus.FINISHED, snapshot.message
    return snapshot


def alone(experiment: Experiment) -> list[tuple[float, ...]]:
    return results(list(execute(experiment)))


def test_a_run_on_own_data_obeys_in_the_cluster_as_it_does_here(
    service: TrainingService, nodes: Nodes
) -> None:
    wait_until(lambda: service.environment or service.problem, "the first lane")
    bring_points()
    setup = tiny(
        data__dataset="points", data__training_images=None, model__hidden_sizes=[16]
    ).replace({"training.epochs": 1000})
    run_id = service.submit(setup, one_epoch=True)
    wait_until(lambda: look(service, run_id).status is RunStatus.PAUSED, "the first epoch")
    service.control(run_id, "step")
    wait_until(lambda: len(look(service, run_id).epochs) == 2, "the second epoch")
    wait_until(lambda: look(service, run_id).status is RunStatus.PAUSED, "the end of the step")
    service.control(run_id, "resume")
    wait_until(lambda: len(look(service, run_id).epochs) > 4, "more epochs")
    service.control(run_id, "stop")
    wait_until(lambda: look(service, run_id).status is RunStatus.STOPPED, "the stop")
    seen = len(look(service, run_id).epochs)
    assert predicted_epochs(run_id, seen)[-1] == seen
    assert probabilities(run_id, seen) is not None
    # What is over is on this disk alone, and a resumed run brings its checkpoint along.
    wait_until(lambda: nodes.on_disk(f"*/lanes/*/runs/{run_id}") == [[], []], "room on the nodes")
    service.control(run_id, "resume")
    wait_until(lambda: len(look(service, run_id).epochs) > seen, "an epoch more")
    service.control(run_id, "stop")
    wait_until(lambda: look(service, run_id).status is RunStatus.STOPPED, "the stop")
    found = results(look(service, run_id).epochs)
    part = setup.replace({"training.epochs": len(found)})
    assert found == alone(part)
    again = finish(service, service.submit(part.replace({"training.seed": 3})))
    assert results(again.epochs) == alone(again.experiment)


def test_the_doctors_corpus_is_trained_in_the_cluster_as_it_is_here(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tiny(), "last_layer 30")
    monkeypatch.setenv("PLAYGROUND_RAY", nodes.cluster.address)
    assert list(train_all([run, run], 1)) == ["1 of 1 trained"]
    there = trained(run)
    assert there.started is not None
    assert validation_images(there.started.validation_key) is not None
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    train(run, DataShelf())
    assert results(trained(run).epochs) == results(there.epochs)
    assert len(there.epochs) == 2


def test_a_sweep_whose_node_is_killed_goes_on_elsewhere_bit_for_bit(
    service: TrainingService, nodes: Nodes
) -> None:
    wait_until(lambda: all(nodes.on_disk("*/lanes/*")), "a lane on each node")
    sweep = [tiny(training__seed=seed) for seed in range(24)]
    # One on each lane is under way all the time.
    sweep[:2] = [each.replace({"training.epochs": 60}) for each in sweep[:2]]
    run_ids = [service.submit(each) for each in sweep]
    wait_until(
        lambda: (
            all(len(look(service, run_id).epochs) >= 3 for run_id in run_ids[:2])
            and any(look(service, run_id).status.is_over for run_id in run_ids[2:])
        ),
        "the middle of the sweep",
    )
    assert any(look(service, run_id).status is RunStatus.QUEUED for run_id in run_ids)
    nodes.cluster.remove_node(nodes.other, allow_graceful=False)
    snapshots = [finish(service, run_id) for run_id in run_ids]
    went_on = ["went on from its last epoch" in each.note for each in snapshots[:2]]
    assert sorted(went_on) == [False, True]
    for experiment, snapshot in zip(sweep, snapshots, strict=True):
        assert results(snapshot.epochs) == alone(experiment)


def test_what_a_dead_head_interrupts_is_resumed_on_this_machine(
    service: TrainingService, nodes: Nodes
) -> None:
    setup = tiny(training__epochs=1000)
    run_id = service.submit(setup)
    wait_until(lambda: len(look(service, run_id).epochs) >= 3, "three epochs")
    nodes.cluster.remove_node(nodes.cluster.head_node, allow_graceful=False)
    wait_until(lambda: service.snapshot(run_id).status.is_over, "word of the dead head")
    snapshot = service.snapshot(run_id)
    assert snapshot.status is RunStatus.INTERRUPTED
    assert "The Ray cluster is gone" in snapshot.message
    service.control(run_id, "resume")
    wait_until(lambda: service.environment, "a worker here")
    wait_until(lambda: len(look(service, run_id).epochs) > len(snapshot.epochs), "an epoch here")
    service.control(run_id, "stop")
    wait_until(lambda: look(service, run_id).status is RunStatus.STOPPED, "the stop")
    found = results(look(service, run_id).epochs)
    assert found == alone(setup.replace({"training.epochs": len(found)}))
    assert look(service, run_id).note == ""
