"""Runs follow what was read, where files hold other numbers than the catalogue says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from brought import bring, images, points
from compared import experiment
from mirror import RAW, put
from running import epochs_of, of_kind
from tiny import data_of

from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources import loading
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.runs import memory
from playground.engine.runs.execution import execute
from playground.engine.runs.inspection import describe
from playground.engine.runs.preflight import preflight
from playground.engine.runs.preview import preview
from playground.errors import (
    DatasetUnavailable,
    InvalidExperiment,
    ModelDoesNotFit,
    PlaygroundError,
)
from playground.experiment import Experiment
from playground.run import datasets
from playground.run.records import EpochRecord, StartedRecord


@pytest.fixture
def forty_of_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the files of MNIST hold 40 training and 6 test images."""
    put(tmp_path / "sets/MNIST/raw", RAW)
    monkeypatch.setenv("PLAYGROUND_DATASETS", str(tmp_path / "sets"))


PLAIN = {"training__epochs": 1, "training__batch_size": 8, "training__device": "cpu"}


def setup(dataset: str, **changes: Any) -> Experiment:
    return experiment(data__dataset=dataset, **{**PLAIN, **changes})


def refusal(experiment: Experiment) -> str:
    with pytest.raises(PlaygroundError) as caught:
        list(execute(experiment))
    return str(caught.value)


def started_and_last(experiment: Experiment) -> tuple[StartedRecord, EpochRecord]:
    records = list(execute(experiment))
    [started], [*_, last] = of_kind(StartedRecord, records), epochs_of(records)
    return started, last


@pytest.mark.usefixtures("forty_of_mnist")
@pytest.mark.parametrize(
    ("changes", "training", "validation", "batches"),
    [
        ({}, 34, 6, 5),
        ({"data__validation": "official"}, 40, 6, 5),
        ({"data__training_images": 20}, 20, 6, 3),
        ({"training__pitfalls": ["leaked"]}, 40, 6, 5),
        ({"training__pitfalls": ["unseparated"]}, 40, 40, 5),
    ],
    ids=str,
)
def test_a_trimmed_copy_is_split_and_counted_as_it_is(
    changes: dict[str, Any], training: int, validation: int, batches: int
) -> None:
    experiment = setup("mnist", **changes)
    started, last = started_and_last(experiment)
    found = (started.training_images, started.validation_images, started.batches)
    assert found == (training, validation, batches)
    assert last.validation_accuracy * validation == pytest.approx(
        round(last.validation_accuracy * validation)
    )
    shown = drain(preview(experiment, download=False))
    assert {role: sum(counts) for role, counts in shown.counts.items()} == {
        "train": training,
        "validation": validation,
        "test": 6,
    }


@pytest.mark.usefixtures("forty_of_mnist")
def test_memory_is_that_of_the_images_that_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = setup("mnist")
    data = data_of(experiment)
    read = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    promised = describe(experiment)
    assert promised.memory_megabytes > 25 * read.memory_megabytes
    monkeypatch.setattr(memory, "free_memory", lambda device: 4_000_000)
    with pytest.raises(ModelDoesNotFit):
        preflight(experiment)
    assert started_and_last(experiment)[0].training_images == 34


@pytest.mark.usefixtures("forty_of_mnist")
def test_what_is_more_than_was_read_is_refused_in_the_words_for_what_is_more_than_promised() -> (
    None
):
    many = {"data__training_images": 50}
    assert refusal(setup("mnist", **many)) == (
        "50 training images are more than the 34 that MNIST has for training: choose at most 34."
    )
    assert refusal(setup("mnist", training__batch_size=64)) == (
        "Batch size 64 is larger than the 34 training images: choose at most 34."
    )


def test_before_anything_is_read_a_brought_set_is_held_to_its_description() -> None:
    bring("points", Source(points(40), points(10)))
    with pytest.raises(InvalidExperiment, match="50 training images are more than the 34 that Poi"):
        preflight(setup("points", data__training_images=50))
    with pytest.raises(InvalidExperiment, match="Batch size 64 is larger than the 34 training"):
        preflight(setup("points", training__batch_size=64))


def test_classes_counts_and_sizes_of_images_are_those_in_the_file() -> None:
    """The description says otherwise in all of them."""
    entry = bring("strips", Source(images(60, 12, 9), images(15, 12, 9)))
    datasets.describe(
        replace(entry, input_shape=(3, 32, 32), training_images=9000, test_images=1000)
    )
    experiment = setup("strips", model__architecture="simple_cnn", model__hidden_sizes=[4])
    started, _ = started_and_last(experiment)
    assert started.training_images == 51
    assert started.class_names == ("left", "middle", "right")
    assert started.parameters == (9 + 1) * 4 + (4 * 6 * 4 + 1) * 3
    assert drain(preview(experiment, download=False)).image_shape == (1, 12, 9)


def test_own_means_are_one_for_each_channel_that_was_read() -> None:
    entry = bring("strips", Source(images(60, 8, 8), images(15, 8, 8)))
    datasets.describe(replace(entry, input_shape=(3, 8, 8)))
    own = {"data__normalization": "custom", "data__mean": [0.1, 0.2, 0.3]}
    assert refusal(setup("strips", **own)) == (
        "The mean has 3 numbers, and the images of Strips have 1 channel: give one number."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"model__architecture": "simple_cnn", "model__hidden_sizes": [8, 8]},
        {"model__architecture": "convnet_7", "data__augmentation": "crop_flip"},
        {"model__architecture": "cnn_20_50", "data__image_size": 28},
        {
            "model__architecture": "resnet18",
            "training__precision": "mixed",
            "data__training_images": 16,
        },
    ],
    ids=str,
)
def test_images_need_not_be_square(changes: dict[str, Any]) -> None:
    bring("strips", Source(images(60, 12, 24), images(15, 12, 24)))
    experiment = setup("strips", **changes)
    started_and_last(experiment)
    size = experiment.data.image_size
    assert data_of(experiment).image_shape == ((1, 28, 56) if size else (1, 12, 24))


def test_a_network_of_images_that_are_not_square_names_a_size_that_works() -> None:
    bring("strips", Source(images(60, 8, 40), images(15, 8, 40)))
    experiment = setup("strips", model__architecture="cnn_20_50")
    with pytest.raises(ModelDoesNotFit, match=r"does not fit 8×40 images.* image size 16 or more"):
        describe(experiment)
    assert describe(experiment.replace({"data.image_size": 16})).input_shape == (1, 16, 80)


def test_a_set_that_changes_is_read_anew_also_by_who_has_it_at_hand() -> None:
    shelf = DataShelf()

    def count(content: str, size: int) -> int:
        bring("points", Source(points(size), points(20)), content=content, training_images=40)
        [started] = of_kind(StartedRecord, execute(setup("points"), shelf=shelf))
        return started.training_images

    assert [count("a", 40), count("b", 60)] == [34, 51]


def broken(**changes: Any) -> Source:
    whole = points(40)
    return Source(replace(whole, **changes), points(10))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (broken(inputs=torch.zeros(40, 2, dtype=torch.float64)), "are float64, not float32"),
        (broken(inputs=torch.zeros(40, 2, 2)), "its inputs are 40×2×2, not one or more of the"),
        (broken(inputs=torch.zeros(40, 0)), "its inputs are 40×0, not"),
        (broken(inputs=torch.zeros(39, 2)), "no whole number as label for each of its 39 inputs"),
        *(
            (
                broken(inputs=points(40).inputs.index_fill(1, torch.tensor(1), number)),
                "The training part of Points cannot be used: it holds numbers that are missing or "
                "infinite.",
            )
            for number in (torch.nan, torch.inf)
        ),
        (broken(labels=torch.zeros(40)), "no whole number as label for each of its 40 inputs"),
        (broken(labels=torch.arange(40) % 3), "its labels are not all from 0 to 1"),
        (broken(labels=torch.arange(40) % 2 - 1), "its labels are not all from 0 to 1"),
        (Source(points(40), Dataset(torch.zeros(4, 3), points(4).labels, ("a", "b"))), "differ in"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_holds_something_else_is_refused_in_a_sentence(
    source: Source, reason: str
) -> None:
    entry = bring("points", Source(points(40), points(10)))
    bring("points", source)
    datasets.describe(entry)
    sentence = refusal(setup("points"))
    assert reason in sentence
    assert sentence.endswith("Make the data set anew, or choose another one.")


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut short", b"no archive"])
def test_a_missing_or_damaged_file_is_named(content: bytes | None) -> None:
    bring("points", Source(points(40), points(10)))
    file = datasets.arrays_file("points")
    file.unlink()
    assert not loading.is_available("points")
    if content is not None:
        file.write_bytes(content)
    sentence = refusal(setup("points"))
    assert sentence.startswith(f"Points cannot be read from {file} (")
    assert sentence.endswith("make the data set anew, or choose another one.")


def test_a_kind_that_this_version_does_not_know_is_refused_in_a_sentence() -> None:
    bring("points", Source(points(40), points(10)), kind="hologram")
    with pytest.raises(DatasetUnavailable, match="Points is of the kind hologram, which this vers"):
        loading.is_available("points")
    assert "choose another data set" in refusal(setup("points"))


def test_a_new_kind_of_source_is_one_entry_and_one_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(entry: Any, download: bool) -> Any:
        yield from ()
        return Source(points(entry.training_images), points(entry.test_images))

    monkeypatch.setitem(loading.LOADERS, "made_up", loading.Loader(load))
    entry = bring("points", Source(points(40), points(10)))
    datasets.describe(replace(entry, name="fresh", kind="made_up", training_images=60))
    assert started_and_last(setup("fresh"))[0].training_images == 51
