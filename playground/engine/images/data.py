"""From settings to images ready for training: loaded, split, resized and measured."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from playground.engine.images.flaws import joined, mislabelled
from playground.engine.images.normalization import Normalization, histogram
from playground.engine.images.sources.loading import ImageDataset, ImageSource, load_dataset
from playground.engine.images.sources.splits import others, stratified
from playground.engine.machine.preparation import Preparation, T, portions
from playground.errors import InvalidExperiment
from playground.experiment import catalog
from playground.experiment.settings import DataSettings, holdout_size
from playground.run.records import PreparationRecord

_CHUNK_BYTES = 1 << 24  # pixels handled between two records: 10 to 100 ms of work
_PAUSE = 0.02  # seconds between looks at something that others do


@dataclass(frozen=True, eq=False, slots=True)
class TrainingData:
    """The images of a run by role, resized; `test` is always the official test images.

    `train_indices` and `validation_indices` are int64 positions in the official training images
    (with `validation="official"`, the latter in the official test images), ascending. Validation
    images leaked into training follow at its end; the positions of leaked test images count on
    from the last training image. Where validation was never separated, both roles are one.
    `fingerprint` is a hex digest of all that training sees: images, labels and positions.
    """

    train: ImageDataset
    validation: ImageDataset
    test: ImageDataset
    train_indices: Tensor
    validation_indices: Tensor
    normalization: Normalization
    fingerprint: str

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class, by label."""
        return self.train.class_names

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of every image."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width


def prepare_data(
    settings: DataSettings, seed: int, download: bool = True, flaws: frozenset[str] = frozenset()
) -> Preparation[TrainingData]:
    """Return the images that these settings ask for, as a generator that yields progress.

    The split depends on the data set, the validation settings and `seed` alone; `flaws` are
    pitfalls of the data (see `data_flaws`). Raises `DatasetUnavailable`, and `InvalidExperiment`
    if there are fewer images than asked for.
    """
    source = yield from load_dataset(settings.dataset, download)
    train_indices, validation_indices = _split(source, settings, seed, flaws)
    size = settings.image_size
    train = yield from _resized((yield from _part(source.train, train_indices)), size)
    test = yield from _resized(source.test, size)
    if "unseparated" in flaws:
        train = validation = mislabelled(train, seed, flaws)
    else:
        validation = test
        first = len(source.train)  # the position at which test images count on
        if settings.validation != "official":
            part = yield from _part(source.train, validation_indices)
            validation, first = (yield from _resized(part, size)), 0
        if "leaked" in flaws:
            train = joined(train, validation)
            train_indices = torch.cat([train_indices, first + validation_indices])
        train = mislabelled(train, seed, flaws)
    counts = yield from _histogram(train)
    fingerprint = yield from _fingerprint(train, validation, train_indices, validation_indices)
    return TrainingData(
        train,
        validation,
        test,
        train_indices,
        validation_indices,
        Normalization.of_histogram(
            "none" if "raw_pixels" in flaws else settings.normalization,
            counts,
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
    source: ImageSource, settings: DataSettings, seed: int, flaws: frozenset[str]
) -> tuple[Tensor, Tensor]:
    """Choose the positions of the training and the validation images."""
    generator = torch.Generator().manual_seed(seed)
    labels = source.train.labels
    if "unseparated" in flaws:
        train = validation = torch.arange(len(labels))
    elif settings.validation == "official":
        train, validation = torch.arange(len(labels)), torch.arange(len(source.test))
    elif len(labels) < 2:
        raise InvalidExperiment(
            f"{catalog.DATASETS[settings.dataset].label} has {len(labels)} training images here, "
            "too few to keep some for validation: choose another data set."
        )
    else:
        kept = holdout_size(len(labels), settings.validation_share)
        validation = stratified(labels, kept, generator)
        train = others(validation, len(labels))
    chosen = _chosen(train, labels, settings, generator)
    return chosen, chosen if "unseparated" in flaws else validation


def _chosen(
    train: Tensor, labels: Tensor, settings: DataSettings, generator: torch.Generator
) -> Tensor:
    """Return as many of the positions `train` as the settings ask for, the same share a class."""
    wanted = settings.training_images
    if wanted is None:
        return train
    if wanted > len(train):
        raise InvalidExperiment(
            f"{wanted:,} training images are more than the {len(train):,} that "
            f"{catalog.DATASETS[settings.dataset].label} has for training: choose at most "
            f"{len(train)}."
        )
    return train[stratified(labels[train], wanted, generator)]


def _part(dataset: ImageDataset, indices: Tensor) -> Preparation[ImageDataset]:
    """Return the images at ascending `indices`; all of them without a copy."""
    if len(indices) == len(dataset):
        return dataset
    images = dataset.images.new_empty(len(indices), *dataset.images.shape[1:])
    for portion in portions(len(indices), _portion_size(dataset.images[0].numel())):
        images[portion] = dataset.images[indices[portion]]
        yield PreparationRecord("Splitting images", portion.stop / len(indices))
    return ImageDataset(images, dataset.labels[indices], dataset.class_names)


def _resized(dataset: ImageDataset, size: int | None) -> Preparation[ImageDataset]:
    """Return the images as `size`×`size`, uint8, bilinear with antialiasing as Pillow does it."""
    count, channels, height, width = dataset.images.shape
    if size is None or (height, width) == (size, size):
        return dataset
    images = torch.empty(count, channels, size, size, dtype=torch.uint8)
    portion_size = _portion_size(channels * max(size * size, height * width))
    for portion in portions(count, portion_size):
        images[portion] = interpolate(
            dataset.images[portion], size=(size, size), mode="bilinear", antialias=True
        )
        yield PreparationRecord(f"Resizing images to {size}×{size}", portion.stop / count)
    return ImageDataset(images, dataset.labels, dataset.class_names)


def _histogram(dataset: ImageDataset) -> Preparation[Tensor]:
    """Count the values of each channel, int64 `[C, 256]`."""
    counts = torch.zeros(dataset.images.shape[1], 256, dtype=torch.int64)
    for portion in portions(len(dataset), _portion_size(dataset.images[0].numel())):
        counts += histogram(dataset.images[portion])
        yield PreparationRecord("Measuring pixels", portion.stop / len(dataset))
    return counts


def _fingerprint(
    train: ImageDataset, validation: ImageDataset, *indices: Tensor
) -> Preparation[str]:
    digest = hashlib.sha256()
    for numbers in (*indices, train.labels, validation.labels):
        digest.update(f"{tuple(numbers.shape)} ".encode())
        digest.update(numbers.numpy().tobytes())
    for dataset in (train, validation):
        digest.update(f"{tuple(dataset.images.shape)} ".encode())
        for portion in portions(len(dataset), _portion_size(dataset.images[0].numel())):
            digest.update(dataset.images[portion].numpy().tobytes())
            yield PreparationRecord("Checking images", portion.stop / len(dataset))
    return digest.hexdigest()


def _portion_size(bytes_each: int) -> int:
    return max(1, _CHUNK_BYTES // bytes_each)
