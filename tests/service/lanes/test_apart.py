"""A worker that shares no disk with the server, as one on another machine."""

from __future__ import annotations

import os
import shutil
import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from processes import wait_until
from tiny import results

from playground.engine.runs.execution import execute
from playground.errors import PlaygroundError
from playground.experiment import Experiment
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.run.transfer import unpack
from playground.service import RunStatus, TrainingService
from playground.service.lanes.apart import ApartLane
from playground.service.lanes.lane import LocalLane, OnEnd, OnEvent
from playground.service.predictions import predicted_epochs, probabilities, validation_images

EXPERIMENT = Experiment().replace({"training.epochs": 30, "training.device": "cpu"})


class Elsewhere:
    """Opens workers, each with a disk of its own that nothing else sees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[LocalLane] = []

    def __call__(self, on_event: OnEvent, on_end: OnEnd) -> LocalLane:
        disk = self._folder / f"disk-{len(self.workers)}"
        self.workers.append(LocalLane(on_event, on_end, apart_at=disk))
        return self.workers[-1]

    def lose(self) -> None:
        """End the newest worker, its disk with it."""
        place = len(self.workers) - 1
        os.kill(self.workers[place].process_id, signal.SIGKILL)
        shutil.rmtree(self._folder / f"disk-{place}", ignore_errors=True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path / "elsewhere")


@pytest.fixture
def service(playground_home: Path, elsewhere: Elsewhere) -> Iterator[TrainingService]:
    running = TrainingService(lambda *hooks: ApartLane(elsewhere, *hooks))
    yield running
    running.close()


def finish(service: TrainingService, run_id: str) -> None:
    wait_until(lambda: service.snapshot(run_id).status.is_over, "the end of the run")
    assert service.snapshot(run_id).status is RunStatus.FINISHED


def test_what_a_page_shows_of_a_run_comes_from_a_worker_without_a_common_disk(
    service: TrainingService,
) -> None:
    run_id = service.submit(EXPERIMENT)
    finish(service, run_id)
    snapshot = service.snapshot(run_id)
    assert snapshot.started is not None
    images = validation_images(snapshot.started.validation_key)
    said = probabilities(run_id, 30)
    assert images is not None
    assert said is not None
    share = np.mean(said.argmax(axis=1) == images.labels)
    assert share == pytest.approx(snapshot.epochs[-1].validation_accuracy)
    assert predicted_epochs(run_id, 30) == list(range(1, 31))
    assert snapshot.kept is not None
    assert tuple(RunFolder.of(run_id).epochs(WEIGHTS)) == snapshot.kept.weights


def test_a_run_whose_worker_is_lost_with_its_disk_goes_on_elsewhere_bit_for_bit(
    service: TrainingService, elsewhere: Elsewhere
) -> None:
    run_id = service.submit(EXPERIMENT.replace({"training.batch_size": 8}))
    wait_until(lambda: len(service.snapshot(run_id).epochs) >= 3, "three epochs")
    elsewhere.lose()
    finish(service, run_id)
    assert len(elsewhere.workers) == 2
    snapshot = service.snapshot(run_id)
    assert "went on from its last epoch" in snapshot.note
    assert results(snapshot.epochs) == results(list(execute(snapshot.experiment)))

    fork = service.submit(
        snapshot.experiment.replace({"training.epochs": 31}), parent=run_id, parent_epoch=30
    )
    finish(service, fork)
    assert [record.epoch for record in service.snapshot(fork).epochs] == list(range(1, 32))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("runs/../..", "checkpoint.pt"),
        ("runs/a/b", "checkpoint.pt"),
        ("leases", "checkpoint.pt"),
        ("runs/a", "../checkpoint.pt"),
        ("runs/a", "run.json"),
        ("runs/a", "fence"),
        ("/etc", "checkpoint.pt"),
        ("runs/a", None),
        (None, "checkpoint.pt"),
    ],
)
def test_no_file_that_comes_is_written_outside_its_place(
    playground_home: Path, place: object, name: object
) -> None:
    with pytest.raises(PlaygroundError, match="is no file of a run"):
        unpack({"place": place, "name": name, "data": b64encode(b"victim").decode()})
    assert not list(playground_home.parent.rglob("checkpoint.pt"))
