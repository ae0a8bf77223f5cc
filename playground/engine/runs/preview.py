"""Preview: the images of an experiment as they are, and as the network gets them."""

from __future__ import annotations

import hashlib
from collections.abc import Generator

import torch

from playground.engine.images.augmentation import augment
from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Dataset
from playground.engine.machine.randomness import derive_seed
from playground.engine.runs.predictions import save_validation_images
from playground.engine.runs.training_sample import save_training_sample
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run.image_sets import ImageSet
from playground.run.records import PreparationRecord, Preview

SAMPLES_PER_CLASS = 10


def preview(
    experiment: Experiment, *, download: bool, shelf: DataShelf | None = None, whole: bool = False
) -> Generator[PreparationRecord, None, Preview]:
    """Prepare the data and return what the Data page shows of it.

    Without `download`, raises `DatasetUnavailable` where the images are not on this machine;
    `OSError` where nothing can be written. Images that are on the `shelf` are taken from there.
    With `whole`, all validation images are written, not only those of the wall before a run, and
    the sample of the training images.
    """
    seed = experiment.training.seed
    data = yield from (shelf or DataShelf()).prepare(
        experiment.data, seed, download, data_flaws(experiment)
    )
    if whole:
        save_training_sample(data)
    return Preview(
        class_names=data.class_names,
        image_shape=data.input_shape,
        counts={
            "train": class_counts(data.train),
            "validation": class_counts(data.validation),
            "test": class_counts(data.test),
        },
        mean=data.normalization.mean,
        std=data.normalization.std,
        samples_key=_save_samples(experiment, data),
        validation_key=save_validation_images(data, for_the_wall=not whole),
    )


def class_counts(dataset: Dataset) -> tuple[int, ...]:
    """Return how many images of each class there are."""
    counts = torch.bincount(dataset.labels, minlength=len(dataset.class_names))
    return tuple(counts.tolist())


def _save_samples(experiment: Experiment, data: TrainingData) -> str:
    """Write the first training images of each class, before and after; return their key."""
    labels = data.train.labels
    positions = torch.cat(
        [
            (labels == number).nonzero().flatten()[:SAMPLES_PER_CLASS]
            for number in range(len(data.class_names))
        ]
    )
    before = data.train.inputs[positions]
    seed = derive_seed(experiment.training.seed, "augmentation")
    generator = torch.Generator().manual_seed(seed)
    name, shift = experiment.data.augmentation, experiment.data.crop_shift
    after = augment(name, data.normalization.apply(before), generator, shift)
    name = hashlib.sha256(
        f"{data.fingerprint} {data.normalization} {experiment.data.augmentation} {shift} "
        f"{seed}".encode()
    ).hexdigest()[:24]
    samples = ImageSet("samples", name)
    arrays = {"labels": labels[positions], "before": before, "after": after}
    samples.put({name: values.numpy() for name, values in arrays.items()})
    return samples.key
