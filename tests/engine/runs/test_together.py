"""A run on several devices: processes on the CPU here, which add up their gradients with gloo."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from brought import bring, images
from compared import experiment
from running import assert_same, epochs_of, of_kind, run

from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Source
from playground.engine.machine import runtime
from playground.engine.machine.runtime import choose_devices
from playground.engine.runs.checkpoint import LAST, read_checkpoint
from playground.engine.runs.execution import RunRecord, execute
from playground.engine.runs.journal import Beginning
from playground.engine.training.team import Piece, Team
from playground.errors import DeviceUnavailable, InvalidExperiment, WorkerUnavailable
from playground.experiment import Experiment
from playground.run.records import BatchRecord, EpochRecord, KeptRecord, RestoredRecord
from playground.worker.run_task import RunTask

# 65 images: the last batch of 16 has a single one, and so nothing for the second device.
COMMON = {
    "data__dataset": "stripes",
    "data__validation": "official",
    "training__device": "cpu",
    "training__epochs": 4,
    "optimizer__learning_rate": 0.01,
}
MLP = {"model__hidden_sizes": [16], "optimizer__schedule": "one_cycle"}
CNN = {
    "model__architecture": "simple_cnn",
    "model__hidden_sizes": [4],
    "data__augmentation": "crop_flip",
}
NEVER_ZEROED = {
    "model__hidden_sizes": [16],
    "optimizer__name": "sgd",
    "training__accumulation": 2,
    "training__pitfalls": ["not_zeroed"],
}
# What no checkpoint of a single device would bring back: each has a dropout of its own.
RESTLESS = {"model__hidden_sizes": [16], "model__dropout": 0.3, "model__batch_norm": True}


@pytest.fixture(autouse=True)
def stripes() -> None:
    """Bring images that need no library to be read: each process would load it."""
    bring("stripes", Source(images(65, 8, 8), images(40, 8, 8)))


def on(devices: int, batch_size: int, **changes: Any) -> Experiment:
    sizes = {"training__devices": devices, "training__batch_size": batch_size}
    return experiment(**{**COMMON, **sizes, **changes})


def processes() -> list[psutil.Process]:
    """Return those that compute: children of the server of processes, which is ours."""
    own = psutil.Process()
    return [each for each in own.children(recursive=True) if each.ppid() != own.pid]


def started(stream: Iterator[RunRecord], batch: int = 2) -> list[psutil.Process]:
    """Draw records up to a batch; return the processes that compute them."""
    for record in stream:
        if isinstance(record, BatchRecord) and record.batch == batch:
            return processes()
    raise AssertionError("the run was over before")


@pytest.mark.parametrize("changes", [MLP, CNN, NEVER_ZEROED], ids=["MLP", "CNN", "never zeroed"])
def test_two_devices_train_as_one_does_with_batches_of_twice_the_size(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    together = run(on(2, 8, **changes), tmp_path / "together")
    alone = run(on(1, 16, **changes), tmp_path / "alone")
    mine, theirs = (epochs_of(records) for records in (together, alone))
    for one, other in zip(mine, theirs, strict=True):
        assert one.train_accuracy == other.train_accuracy
        assert one.validation_accuracy == other.validation_accuracy
        assert one.learning_rate == other.learning_rate
        for name in ("train_loss", "validation_loss", "gradient_norm", "update_ratio"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-4), name
    weights = [read_checkpoint(tmp_path / name / LAST)["model"] for name in ("together", "alone")]
    for name, weight in weights[1].items():
        assert torch.allclose(weights[0][name], weight, rtol=0, atol=1e-5), name
    of_batches = [
        [(each.batch, each.batches) for each in of_kind(BatchRecord, r)] for r in (together, alone)
    ]
    assert of_batches[0] == of_batches[1]


def test_what_is_left_on_disk_is_written_once_and_goes_on_bit_for_bit(tmp_path: Path) -> None:
    of, whole, parts = on(2, 8, **RESTLESS), tmp_path / "whole", tmp_path / "parts"
    undisturbed = run(of, whole)
    assert len(of_kind(KeptRecord, undisturbed)) == of.training.epochs
    with closing(execute(of, parts)) as stream:
        epochs = (record for record in stream if isinstance(record, EpochRecord))
        list(islice(epochs, 2))
        there = started(stream)
    assert len(there) == 2
    assert processes() == []
    records = run(of, parts, Beginning(fence=1, resumes=True))
    [restored] = of_kind(RestoredRecord, records)
    assert len(restored.epochs) == 2
    assert restored.note == ""
    assert_same([*restored.epochs, *epochs_of(records)], epochs_of(undisturbed))
    mine, theirs = (read_checkpoint(folder / LAST)["model"] for folder in (parts, whole))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    epochs_told = [f"probabilities-{epoch:04}.npy" for epoch in range(of.training.epochs + 1)]
    assert sorted(path.name for path in parts.glob("probabilities*")) == epochs_told


def test_a_run_goes_on_with_another_number_of_devices_and_says_what_differs(tmp_path: Path) -> None:
    run(on(2, 8, training__epochs=1, **MLP), tmp_path / "two")
    fork = on(1, 8, training__epochs=2, **MLP)
    [restored] = of_kind(
        RestoredRecord,
        run(fork, tmp_path / "one", Beginning(parent=tmp_path / "two", parent_epoch=1)),
    )
    assert restored.note.startswith("Continued on 1 device, after 2 before. A step takes 8 images")


def test_where_a_process_dies_the_run_fails_in_a_sentence_and_the_others_end(
    tmp_path: Path,
) -> None:
    with closing(execute(on(2, 8, **MLP), tmp_path)) as stream:
        there = started(stream)
        os.kill(there[-1].pid, signal.SIGKILL)
        with pytest.raises(WorkerUnavailable, match=r"of the 2 that train .* \(signal 9\)"):
            list(stream)
    assert processes() == []


def test_an_error_in_a_process_is_that_of_the_run(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        list(execute(on(2, 8), tmp_path, change_state=attrgetter("nothing")))
    assert processes() == []


def test_a_run_pauses_at_a_batch_goes_on_and_leaves_no_process_where_it_is_stopped() -> None:
    events: list[dict[str, Any]] = []
    task = RunTask("run", on(2, 8, **MLP, training__epochs=1000), events.append, DataShelf())

    def epochs() -> int:
        return sum(event["event"] == "epoch" for event in events)

    while not epochs():
        task.advance(inf, lambda: epochs() > 0)
    task.pause()
    assert len(processes()) == 2
    said = len(events)
    task.advance(inf, lambda: False)
    assert events[said:] == []
    task.step()
    while task.status == "running":
        task.advance(inf, lambda: False)
    assert (task.status, epochs()) == ("paused", 2)
    task.stop()
    assert events[-1]["event"] == "stopped"
    assert processes() == []


def test_where_whoever_draws_the_records_is_gone_the_processes_end(tmp_path: Path) -> None:
    stream = execute(on(2, 8, **MLP), tmp_path)
    there = started(stream)
    crew = stream.gi_yieldfrom.gi_frame.f_locals["crew"]  # type: ignore[attr-defined]
    for pipe in crew._lifelines:  # as the system closes them for a process that was killed
        pipe.close()
    _, alive = psutil.wait_procs(there, timeout=60)
    stream.close()
    assert len(there) == 2
    assert alive == []


# Without any process ------------------------------------------------------------------------------


@pytest.mark.parametrize("images", [1, 2, 3, 4, 5, 16, 17])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("normalizes", [False, True])
def test_every_image_of_a_batch_is_in_one_piece(images: int, size: int, normalizes: bool) -> None:
    batch = torch.arange(images) + 7
    found = [Team(rank, size).pieces([batch], normalizes=normalizes)[0] for rank in range(size)]
    assert torch.equal(torch.cat([piece.indices for piece in found]), batch)
    assert sum(piece.weight for piece in found) == pytest.approx(1)
    assert all(piece.weight == len(piece.indices) / images for piece in found)
    for piece in filter(_has_images, found):
        assert piece.part is not None
        assert batch[piece.part.first] == piece.indices[0]
        assert not normalizes or len(piece.indices) > 1 or images == 1
    sizes = [len(piece.indices) for piece in found if len(piece.indices)]
    assert max(sizes) - min(sizes) <= 1


def _has_images(piece: Piece) -> bool:
    return len(piece.indices) > 0


def test_devices_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "cores", lambda: 4)
    assert choose_devices("cpu", 4) == [torch.device("cpu")] * 4
    with pytest.raises(DeviceUnavailable, match=r"^5 devices .* 4 cores: choose at most 4\."):
        choose_devices("cpu", 5)
    monkeypatch.setattr(runtime, "devices", lambda: ["cpu", "cuda:0", "cuda:1", "cuda:2"])
    assert choose_devices("cuda:1", 2) == [torch.device("cuda:1"), torch.device("cuda:2")]
    with pytest.raises(DeviceUnavailable, match=r"2 GPUs from cuda:1 on: choose at most 2\. A run"):
        choose_devices("cuda:1", 3)
    with pytest.raises(InvalidExperiment, match=r"is 80 images at once.*: choose at most 32, or"):
        list(execute(on(2, 40)))
