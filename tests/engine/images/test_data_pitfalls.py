"""What the pitfalls of the data do to images and labels, on the first hundred digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from running import epochs_of, of_kind
from tiny import CPU, data_of, results, state_of, tiny
from torch import equal as same

from playground.engine.images.data import drain
from playground.engine.images.flaws import noisy, shuffled
from playground.engine.images.normalization import Normalization
from playground.engine.images.shelf import DataShelf
from playground.engine.images.spread import measure
from playground.engine.runs.execution import execute
from playground.engine.runs.preview import preview
from playground.engine.training.training import train
from playground.experiment import Experiment
from playground.run.image_sets import ImageSet
from playground.run.records import PreparationRecord, StartedRecord

# 100 digits are there, 15 of them kept for validation and 60 trained on; 30 test images.
SPLITS: list[dict[str, Any]] = [
    {},
    {"data__validation": "official"},
    {"data__training_images": None},
    {"data__validation": "official", "data__training_images": None, "data__image_size": 16},
]
each_split = pytest.mark.parametrize("split", SPLITS)


pytestmark = pytest.mark.usefixtures("few_digits")


def flawed(*pitfalls: str, **changes: Any) -> Experiment:
    return tiny(training__pitfalls=pitfalls, **changes)


@each_split
def test_leaked_validation_images_follow_the_training_images(split: dict[str, Any]) -> None:
    plain, data = data_of(tiny(**split)), data_of(flawed("leaked", **split))
    count, leaked = len(plain.train), len(plain.validation)
    assert len(data.train) == count + leaked
    assert same(data.train.images[:count], plain.train.images)
    assert same(data.train.images[count:], plain.validation.images)
    assert same(data.train.labels[count:], plain.validation.labels)
    assert same(data.validation.images, plain.validation.images)
    assert same(data.validation_indices, plain.validation_indices)
    first = 100 if "data__validation" in split else 0  # test images count on from the others
    assert same(data.train_indices[count:], first + data.validation_indices)
    # They are part of what normalization is measured on.
    assert data.normalization == Normalization.of("dataset", drain(measure(data.train.images)))
    assert data.normalization != plain.normalization


@each_split
def test_without_separation_validation_is_the_training_set(split: dict[str, Any]) -> None:
    data = data_of(flawed("unseparated", **split))
    assert len(data.train) == (split.get("data__training_images", 60) or 100)
    assert data.validation is data.train
    assert same(data.validation_indices, data.train_indices)
    assert data.train_indices.unique().tolist() == data.train_indices.tolist()
    assert same(data.test.labels, data_of(tiny(**split)).test.labels)
    one, other = DataShelf().feeds(data, CPU, channels_last=False)
    assert one is other  # one copy
    both = data_of(flawed("unseparated", "leaked", **split))  # nothing is left to leak
    assert both.fingerprint == data.fingerprint


def test_images_at_their_positions_are_those_of_the_data_set_without_separation() -> None:
    everything = data_of(flawed("unseparated", data__training_images=None))
    data = data_of(flawed("unseparated"))
    assert same(everything.train.images[data.train_indices], data.train.images)
    assert same(everything.train.labels[data.train_indices], data.train.labels)


def test_what_is_measured_on_the_training_images_themselves_is_the_training_accuracy() -> None:
    setup = flawed("unseparated", training__train_accuracy="after_epoch")
    epochs = epochs_of(execute(setup))
    assert all(record.train_accuracy == record.validation_accuracy for record in epochs)


def test_shuffled_labels_are_the_same_labels_on_other_images() -> None:
    plain, data = data_of(tiny()), data_of(flawed("shuffled_labels"))
    assert same(data.train.images, plain.train.images)
    assert same(data.validation.labels, plain.validation.labels)
    assert same(data.train.labels.sort().values, plain.train.labels.sort().values)
    assert (data.train.labels == plain.train.labels).float().mean() < 0.3


def test_a_shuffle_leaves_no_link_between_image_and_label() -> None:
    labels = torch.arange(10).repeat_interleave(1000)
    dealt = shuffled(labels, torch.Generator().manual_seed(0))
    table = torch.zeros(10, 10).index_put_((labels, dealt), torch.ones(10_000), accumulate=True)
    assert table.sum(0).tolist() == table.sum(1).tolist() == [1000] * 10
    assert float((table - 100).abs().max()) < 40  # four standard deviations


@pytest.mark.parametrize(("images", "wrong"), [(10, 2), (60, 12), (63, 13), (1221, 244)])
def test_exactly_a_fifth_of_the_labels_is_another_class(images: int, wrong: int) -> None:
    labels = torch.arange(images) % 3
    changed = noisy(labels, 10, torch.Generator().manual_seed(0))
    assert int((changed != labels).sum()) == wrong
    assert int(changed.min()) >= 0
    assert int(changed.max()) <= 9
    assert same(labels, torch.arange(images) % 3)


def test_wrong_labels_are_any_other_class_and_none_rather_than_another() -> None:
    labels = torch.full((50_000,), 4)
    changed = noisy(labels, 10, torch.Generator().manual_seed(0))
    counts = torch.bincount(changed, minlength=10).tolist()
    assert counts.pop(4) == 40_000
    assert all(abs(count - 10_000 / 9) < 130 for count in counts)  # four standard deviations


@each_split
def test_noise_is_in_the_training_labels_only(split: dict[str, Any]) -> None:
    plain, data = data_of(tiny(**split)), data_of(flawed("noisy_labels", **split))
    differing = int((data.train.labels != plain.train.labels).sum())
    assert differing == round(0.2 * len(plain.train))
    assert same(data.train.images, plain.train.images)
    assert same(data.validation.labels, plain.validation.labels)
    assert same(data.train_indices, plain.train_indices)


def test_leaked_labels_are_noisy_in_training_and_true_in_validation() -> None:
    plain, data = data_of(flawed("leaked")), data_of(flawed("leaked", "noisy_labels"))
    assert int((data.train.labels != plain.train.labels).sum()) == 15
    assert same(data.validation.labels, plain.validation.labels)


@pytest.mark.parametrize("pitfall", ["shuffled_labels", "noisy_labels"])
def test_wrong_labels_follow_the_seed_and_are_no_other_for_another_network(pitfall: str) -> None:
    first = data_of(flawed(pitfall)).train.labels
    assert same(first, data_of(flawed(pitfall, data__normalization="unit")).train.labels)
    other = data_of(flawed(pitfall, training__seed=1, data__validation="official"))
    assert not same(first, other.train.labels)


def test_raw_pixels_go_in_as_they_are_whatever_the_setting_says() -> None:
    for normalization in ("dataset", "unit", "custom"):
        data = data_of(flawed("raw_pixels", data__normalization=normalization))
        state = state_of(flawed("raw_pixels", data__normalization=normalization), data)
        assert same(state.train.slice(0, 60)[0], data.train.images.float())
        assert same(state.validation.slice(0, 15)[0], data.validation.images.float())


def test_raw_pixels_train_as_the_setting_none_does() -> None:
    raw, none = flawed("raw_pixels"), tiny(data__normalization="none")
    assert results(list(train(raw, state_of(raw)))) == results(list(train(none, state_of(none))))


def test_a_network_learns_shuffled_labels_by_heart_and_nothing_else() -> None:
    setup = flawed(
        "shuffled_labels",
        training__epochs=60,
        model__hidden_sizes=[256],
        optimizer__learning_rate=0.01,
        data__training_images=40,
    )
    last = list(train(setup, state_of(setup)))[-1]
    assert last.train_accuracy == 1.0
    assert last.validation_accuracy < 0.4


# What is shown is what is trained on --------------------------------------------------------------


def prepared(experiment: Experiment, shelf: DataShelf) -> list[object]:
    """Return what a run says before its first batch."""
    said: list[object] = []
    for record in execute(experiment, shelf=shelf):
        said.append(record)
        if isinstance(record, StartedRecord):
            break
    return said


@pytest.mark.parametrize(
    "pitfalls",
    [
        ["raw_pixels"],
        ["leaked"],
        ["shuffled_labels"],
        ["noisy_labels"],
        ["unseparated"],
        ["unseparated", "noisy_labels"],
    ],
)
def test_the_preview_shows_the_images_and_labels_of_the_run(pitfalls: list[str]) -> None:
    setup, shelf = flawed(*pitfalls), DataShelf()
    found, data = drain(preview(setup, download=False, shelf=shelf)), data_of(setup)
    counts = torch.bincount(data.train.labels, minlength=10)
    assert found.counts["train"] == tuple(counts.tolist())
    assert sum(found.counts["validation"]) == len(data.validation)
    assert (found.mean, found.std) == (data.normalization.mean, data.normalization.std)
    samples = ImageSet("samples", found.samples_key)
    labels, before = samples.array("labels"), samples.array("before")
    assert labels is not None
    assert before is not None
    first = data.train.images[data.train.labels == 3][0].numpy()
    assert np.array_equal(before[labels == 3][0], first)
    building, started = prepared(setup, shelf)  # the images are on the shelf
    assert isinstance(building, PreparationRecord)
    assert isinstance(started, StartedRecord)
    assert started.training_images == len(data.train)
    assert started.validation_images == len(data.validation)
    assert started.data_fingerprint == data.fingerprint


def test_a_shelf_tells_runs_with_and_without_a_pitfall_of_the_data_apart() -> None:
    shelf = DataShelf()
    plain = prepared(tiny(), shelf)
    assert len(prepared(flawed("sorted"), shelf)) == 2
    leaked = prepared(flawed("leaked"), shelf)
    assert len(leaked) > 2
    assert leaked[-1].training_images == plain[-1].training_images + 15  # type: ignore[attr-defined]


def test_the_wall_of_a_run_without_separation_shows_its_training_images(tmp_path: Any) -> None:
    setup = flawed("unseparated")
    data = data_of(setup)
    [started] = of_kind(StartedRecord, execute(setup, tmp_path))
    folder = ImageSet("validation", started.validation_key).folder
    assert np.array_equal(np.load(folder / "images.npy"), data.train.images)
    assert np.load(folder / "labels.npy").tolist() == data.train.labels.tolist()
    assert np.load(folder / "indices.npy").tolist() == data.train_indices.tolist()
