"""From settings to inputs ready for training: loaded, split, resized and measured."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from playground.engine.images.flaws import joined, mislabelled
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.loading import load_dataset
from playground.engine.images.sources.splits import others, stratified
from playground.engine.images.spread import measure
from playground.engine.machine.preparation import Preparation, T, at_once, portions
from playground.errors import InvalidExperiment
from playground.experiment import catalog
from playground.experiment.class_choice import chosen_classes
from playground.experiment.data_checks import check_channels, check_left_out, check_training_images
from playground.experiment.entries import image_shape
from playground.experiment.settings import DataSettings, holdout_size, resized
from playground.run.records import PreparationRecord

_PAUSE = 0.02  # seconds between looks at something that others do


@dataclass(frozen=True, eq=False, slots=True)
class TrainingData:
    """The inputs of a run by role, images resized; `test` is always the official test part.

    `train_indices` and `validation_indices` are int64 positions in the official training images
    (with `validation="official"`, the latter in the official test images), ascending. Validation
    images leaked into training follow at its end; the positions of leaked test images count on
    from the last training image. Where validation was never separated, both roles are one.
    `fingerprint` is a hex digest of all that training sees: images, labels and positions.
    """

    train: Dataset
    validation: Dataset
    test: Dataset
    train_indices: Tensor
    validation_indices: Tensor
    normalization: Normalization
    fingerprint: str

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class, by label."""
        return self.train.class_names

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of every input: channels, height and width where they are images."""
        return self.train.input_shape

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image; raises `InvalidExperiment` without any."""
        return image_shape(self.input_shape)

    @property
    def counts(self) -> tuple[int, int]:
        """How many inputs there are to train on, and how many to validate with."""
        return len(self.train), len(self.validation)


def prepare_data(
    settings: DataSettings, seed: int, download: bool = True, flaws: frozenset[str] = frozenset()
) -> Preparation[TrainingData]:
    """Return the images that these settings ask for, as a generator that yields progress.

    The split depends on the data set, the validation settings and the split seed alone; `flaws`
    are pitfalls of the data (see `data_flaws`), and wrong labels are drawn by `seed`. Raises
    `DatasetUnavailable`, and `InvalidExperiment` if there are fewer images than asked for.
    """
    source = yield from load_dataset(settings.dataset, download)
    entry = catalog.DATASETS[settings.dataset]
    check_channels(settings, source.train.input_shape[0], entry.label)
    read = replace(entry, class_names=source.train.class_names)  # which may be others by now
    classes = read.labels(chosen_classes(settings.classes, read))
    places = [part.places_of(classes) for part in (source.train, source.test)]
    if not all(map(len, places)):
        raise InvalidExperiment(
            f"{entry.label} has no images of the classes {', '.join(settings.classes)} to train or "
            "to test with: choose others."
        )
    train_indices, validation_indices = _split(source, places, settings, flaws)
    size = settings.image_size

    def part_of(dataset: Dataset, indices: Tensor) -> Preparation[Dataset]:
        return (yield from _resized((yield from _part(dataset, indices)).of(classes), size))

    train = yield from part_of(source.train, train_indices)
    test = yield from part_of(source.test, places[1])
    if "unseparated" in flaws:
        train = validation = mislabelled(train, seed, flaws)
    else:
        validation = test
        first = len(source.train)  # the position at which test images count on
        if settings.validation != "official":
            validation, first = (yield from part_of(source.train, validation_indices)), 0
        if "leaked" in flaws:
            train = joined(train, validation)
            train_indices = torch.cat([train_indices, first + validation_indices])
        train = mislabelled(train, seed, flaws)
    # Last, so that neither the split nor the wrong labels of the others are drawn anew.
    check_left_out(settings.left_out, len(source.train), entry.label)
    left_out = torch.tensor(settings.left_out, dtype=torch.int64)
    kept = (~torch.isin(train_indices, left_out)).nonzero().flatten()
    if len(kept) < len(train):
        train, train_indices = train.subset(kept), train_indices[kept]
    if not len(train):
        raise InvalidExperiment("All training images are left out: leave out fewer.")
    spread = yield from measure(train.inputs)
    fingerprint = yield from _fingerprint(train, validation, train_indices, validation_indices)
    return TrainingData(
        train,
        validation,
        test,
        train_indices,
        validation_indices,
        Normalization.of(
            "none" if "raw_pixels" in flaws else settings.normalization,
            spread,
            settings.mean,
            settings.std,
        ),
        fingerprint,
    )


def drain(preparation: Preparation[T]) -> T:
    """Run a preparation to its end and return its result, for callers that show no progress."""
    while True:
        try:
            record = next(preparation)
        except StopIteration as end:
            result: T = end.value
            return result
        if record.waiting:
            time.sleep(_PAUSE)


def _split(
    source: Source, places: Sequence[Tensor], settings: DataSettings, flaws: frozenset[str]
) -> tuple[Tensor, Tensor]:
    """Choose the positions of the training and the validation images among those `places`."""
    generator = torch.Generator().manual_seed(settings.split_seed)
    labels, wanted = source.train.labels[places[0]], settings.training_images
    label = catalog.DATASETS[settings.dataset].label
    train = validation = torch.arange(len(labels))
    if settings.validation == "official":
        validation = places[1]
    elif "unseparated" not in flaws:
        if len(labels) < 2:
            raise InvalidExperiment(
                f"{label} has {len(labels)} training images here, too few to keep some for "
                "validation: choose another data set."
            )
        kept = holdout_size(len(labels), settings.validation_share)
        chosen = stratified(labels, kept, generator)
        train, validation = others(chosen, len(labels)), places[0][chosen]
    if wanted is not None:
        check_training_images(wanted, len(train), label)
        train = train[stratified(labels[train], wanted, generator)]  # the same share a class
    train = places[0][train]
    return train, train if "unseparated" in flaws else validation


def _part(dataset: Dataset, indices: Tensor) -> Preparation[Dataset]:
    """Return the images at ascending `indices`; all of them without a copy."""
    if len(indices) == len(dataset):
        return dataset
    inputs = dataset.inputs.new_empty(len(indices), *dataset.input_shape)
    for portion in portions(len(indices), at_once(dataset.inputs[0].nbytes)):
        inputs[portion] = dataset.inputs[indices[portion]]
        yield PreparationRecord("Splitting images", portion.stop / len(indices))
    return Dataset(inputs, dataset.labels[indices], dataset.class_names)


def _resized(dataset: Dataset, size: int | None) -> Preparation[Dataset]:
    """Return images whose shorter side is `size`, bilinear with antialiasing as Pillow does it."""
    before, shape = dataset.input_shape, resized(dataset.input_shape, size)
    if shape == before:
        return dataset
    images = dataset.inputs.new_empty(len(dataset), *shape)
    _, height, width = shape
    for portion in portions(len(dataset), at_once(max(prod(before), prod(shape)))):
        images[portion] = interpolate(
            dataset.images[portion], size=(height, width), mode="bilinear", antialias=True
        )
        done = portion.stop / len(dataset)
        yield PreparationRecord(f"Resizing images to {height}×{width}", done)
    return Dataset(images, dataset.labels, dataset.class_names)


def _fingerprint(train: Dataset, validation: Dataset, *indices: Tensor) -> Preparation[str]:
    digest = hashlib.sha256()
    for numbers in (*indices, train.labels, validation.labels):
        digest.update(f"{tuple(numbers.shape)} ".encode())
        digest.update(numbers.numpy().tobytes())
    for dataset in (train, validation):
        digest.update(f"{tuple(dataset.inputs.shape)} ".encode())
        for portion in portions(len(dataset), at_once(dataset.inputs[0].nbytes)):
            digest.update(dataset.inputs[portion].numpy().tobytes())
            yield PreparationRecord("Checking images", portion.stop / len(dataset))
    return digest.hexdigest()
