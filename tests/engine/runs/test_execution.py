from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from running import epochs_of, of_kind
from tiny import data_of, results, state_of, tiny

from playground.engine.images.data import drain
from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.shelf import DataShelf
from playground.engine.machine import runtime
from playground.engine.runs import execution, memory
from playground.engine.runs.checkpoint import LAST, CheckpointFolder, read_checkpoint
from playground.engine.runs.execution import execute
from playground.engine.runs.preflight import preflight
from playground.engine.training.training import train
from playground.errors import (
    DeviceUnavailable,
    InvalidExperiment,
    ModelDoesNotFit,
    PlaygroundError,
    UnknownRun,
)
from playground.experiment import Experiment
from playground.run.folder import save_arrays
from playground.run.home import run_folder
from playground.run.image_sets import ImageSet
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    NoteRecord,
    PreparationRecord,
    StartedRecord,
)
from playground.worker.failures import failure

pytestmark = pytest.mark.usefixtures("few_digits")


def error_of(experiment: Experiment) -> PlaygroundError:
    with pytest.raises(PlaygroundError) as caught:
        list(execute(experiment))
    return caught.value


def test_a_run_prepares_says_what_it_will_do_and_trains_as_without_all_that() -> None:
    records = list(execute(tiny()))
    kinds = [type(record) for record in records]
    start = kinds.index(StartedRecord)
    assert set(kinds[:start]) == {PreparationRecord}
    assert set(kinds[start + 1 :]) == {BatchRecord, EpochRecord}
    started = records[start]
    assert isinstance(started, StartedRecord)
    assert started.parameters == preflight(tiny()).parameters == 64 * 64 + 64 + 64 * 10 + 10
    assert (started.training_images, started.validation_images) == (60, 15)
    assert started.batches == 4
    assert started.class_names == tuple("0123456789")
    assert (started.device, started.threads) == ("cpu", 1)
    assert started.data_fingerprint == data_of(tiny()).fingerprint
    assert started.validation_key == ""
    assert results(records) == results(train(tiny(), state_of(tiny())))


def test_what_a_record_announces_is_on_disk_when_it_comes(tmp_path: Path) -> None:
    epochs = 0
    for record in execute(tiny(), tmp_path / "run"):
        if isinstance(record, StartedRecord):
            folder = ImageSet("validation", record.validation_key).folder
            labels = np.load(folder / "labels.npy")
            data = data_of(tiny())
            assert labels.tolist() == data.validation.labels.tolist()
            assert np.array_equal(np.load(folder / "images.npy"), data.validation.images)
            assert np.load(folder / "indices.npy").tolist() == data.validation_indices.tolist()
        if isinstance(record, EpochRecord):
            epochs += 1
            saved = np.load(tmp_path / "run" / f"probabilities-{record.epoch:04}.npy")
            assert saved.dtype == np.float16
            share = (saved.argmax(1) == labels).mean()
            assert share == pytest.approx(record.validation_accuracy)
    assert epochs == 2


def test_runs_on_the_same_validation_images_share_one_copy(tmp_path: Path) -> None:
    setups = (tiny(), tiny(training__seed=1), tiny(data__split_seed=1))
    started = [of_kind(StartedRecord, execute(setup, tmp_path))[0] for setup in setups]
    assert len({record.validation_key for record in started}) == 2


def test_nothing_is_written_without_a_folder(playground_home: Path) -> None:
    list(execute(tiny()))
    assert not playground_home.exists()


def test_a_folder_that_cannot_be_written_is_told_once_and_ends_no_run(
    tmp_path: Path, playground_home: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    playground_home.write_text("in the way too")
    records = list(execute(tiny(), tmp_path / "file" / "run"))
    assert results(records) == results(list(execute(tiny())))
    [note] = of_kind(NoteRecord, records)
    assert "cannot be written (Not a directory)" in note.text
    assert "trains on without checkpoints" in note.text
    assert records.index(note) < records.index(epochs_of(records)[0])


def test_what_a_full_disk_refused_is_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = CheckpointFolder.save
    refusals = [OSError(28, "No space left on device")] * 2

    def save(self: CheckpointFolder, *arguments: Any, **options: Any) -> None:
        if refusals:
            raise refusals.pop()
        full(self, *arguments, **options)

    monkeypatch.setattr(CheckpointFolder, "save", save)
    experiment = tiny(training__epochs=4)
    full_disk, room = of_kind(NoteRecord, execute(experiment, tmp_path))
    assert "the disk is full" in full_disk.text
    assert "again" in room.text
    kept = read_checkpoint(tmp_path / LAST)
    assert kept["epoch"] == 4
    assert len(json.loads(kept["history"])) == 4


def test_a_full_disk_leaves_no_part_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("64 requested and 12 written")  # numpy's words, without a number

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="64 requested") as caught:
        save_arrays(tmp_path / "new" / "array.npy", np.zeros(8))
    assert list((tmp_path / "new").iterdir()) == []
    assert failure(caught.value).startswith(
        "A file could not be read or written: 64 requested and 12 written. Make room"
    )


@pytest.mark.parametrize("run_id", ["", "../other", "a/b", "a.b", "a b", "é", "x" * 101, "a\n"])
def test_a_run_has_no_folder_outside_its_own(run_id: str) -> None:
    with pytest.raises(UnknownRun, match="is not the id of a run"):
        run_folder(run_id)


def test_a_run_has_a_folder_by_its_id(playground_home: Path) -> None:
    assert run_folder("aB3-_x") == playground_home.resolve() / "runs" / "aB3-_x"


def test_a_device_that_is_not_here_is_refused_before_any_image_is_read() -> None:
    records = execute(tiny(training__device="cuda:77"))
    with pytest.raises(DeviceUnavailable, match=r"no device cuda:77: choose auto or one of cpu"):
        next(records)


def test_a_run_that_needs_more_memory_than_is_free_is_refused_with_what_would_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = tiny(model__hidden_sizes=[4096, 4096])
    monkeypatch.setattr(memory, "free_memory", lambda device: 100_000_000)
    with pytest.raises(ModelDoesNotFit, match=r"needs about .* of memory; .* are free"):
        preflight(experiment)
    built = []
    monkeypatch.setattr(execution, "build_model", lambda *arguments: built.append(arguments))
    assert isinstance(error_of(experiment), ModelDoesNotFit)
    assert built == []


@pytest.mark.parametrize(
    "experiment",
    [
        tiny(model__batch_norm=True, training__batch_size=1),
        tiny(model__architecture="convnet_7", data__image_size=32, training__batch_size=1),
    ],
)
def test_batch_norm_on_single_images_is_refused_before_and_when_it_starts(
    experiment: Experiment,
) -> None:
    with pytest.raises(InvalidExperiment, match="batch size 2 or more"):
        preflight(experiment)
    assert "batch size 2 or more" in str(error_of(experiment))


def test_runs_of_one_shelf_share_their_images() -> None:
    shelf = DataShelf()
    data = data_of(tiny())
    first = shelf.feeds(data, torch.device("cpu"), channels_last=False)
    again = shelf.feeds(data_of(tiny()), torch.device("cpu"), channels_last=False)
    other = shelf.feeds(data, torch.device("cpu"), channels_last=True)
    assert [one is two for one, two in zip(first, again, strict=True)] == [True, True]
    assert len({id(feed) for feed in (*first, *other)}) == 4


def test_images_are_prepared_once_for_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = DataShelf()
    one = shelf.prepare(tiny().data, 0)
    other = shelf.prepare(tiny(data__augmentation="crop").data, 0)
    mine, theirs = [next(one)], [next(other)]
    one.close()  # stopped: the other goes on where the work is
    with pytest.raises(StopIteration) as end:
        while True:
            theirs.append(next(other))
    messages = [record.message for record in mine + theirs]
    assert messages.count("Loading Digits") == 1
    found = end.value.value
    assert drain(shelf.prepare(tiny().data, 0)) is found
    assert found.fingerprint == data_of(tiny()).fingerprint


def test_everyone_who_waits_for_images_is_told_that_they_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> object:
        yield PreparationRecord("Trying")
        raise InvalidExperiment("No images today.")

    from playground.engine.images import shelf as shelf_module

    monkeypatch.setattr(shelf_module, "prepare_data", fail)
    shelf = DataShelf()
    both = [shelf.prepare(tiny().data, 0), shelf.prepare(tiny().data, 0)]
    next(both[0])
    for preparation in both:
        with pytest.raises(InvalidExperiment, match="No images today"):
            list(preparation)
    monkeypatch.undo()
    assert list(shelf.prepare(tiny().data, 0))  # and tried anew


def test_a_shelf_keeps_two_sets_and_lets_the_oldest_go() -> None:
    shelf = DataShelf()
    data = [tiny(data__split_seed=seed).data for seed in range(3)]
    for settings in data:
        list(shelf.prepare(settings, 0))
    assert list(shelf.prepare(data[2], 0)) == []
    assert list(shelf.prepare(data[1], 7)) == []  # the seed of the weights has no part in it
    assert list(shelf.prepare(data[0], 0)) != []


def test_nothing_of_a_run_stays_in_memory_after_its_end() -> None:
    before = feeds()
    shelf = DataShelf()
    finished, closed = execute(tiny(), shelf=shelf), execute(tiny(), shelf=shelf)
    list(finished)
    for record in closed:
        if isinstance(record, BatchRecord):
            break
    closed.close()
    del record
    assert feeds() <= before


def feeds() -> set[int]:
    """Return which feeds there are: those of tests before this one may be kept by their reports."""
    gc.collect()
    return {id(item) for item in gc.get_objects() if type(item) is ImageFeed}


@pytest.mark.parametrize(
    ("share", "expected"), [("", 8), ("3", 3), ("99", 8), ("0", 1), ("many", 8)]
)
def test_a_worker_among_several_takes_its_share_of_the_cores(
    share: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_all_cores", lambda: 8)
    monkeypatch.setenv("PLAYGROUND_THREADS", share)
    assert runtime.cores() == expected
