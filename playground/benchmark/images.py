"""Images of the true sizes: those of the data set where it is here, random ones where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from playground.engine.images.data import TrainingData, drain
from playground.engine.images.normalization import Normalization
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.loading import is_available, load_dataset
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry

# Means and standard deviations of pixels from 0 to 1, as tutorials write them.
MEANS = {"mnist": (0.1307,), "cifar10": (0.4914, 0.4822, 0.4465)}
STDS = {"mnist": (0.3081,), "cifar10": (0.2470, 0.2435, 0.2616)}


@dataclass(frozen=True, eq=False, slots=True)
class Images:
    """A data set's images with its official split, and whether they are the `real` ones."""

    dataset: str
    source: Source
    real: bool

    @classmethod
    def of(cls, dataset: str) -> Images:
        """Return the images of `dataset`, without the network."""
        if is_available(dataset):
            return cls(dataset, drain(load_dataset(dataset, download=False)), real=True)
        entry = catalog.DATASETS[dataset]
        return cls.random(dataset, entry.training_images, entry.test_images)

    @classmethod
    def random(cls, dataset: str, *counts: int) -> Images:
        """Return so many random images for training and for validation, of the true sizes."""
        entry, generator = catalog.DATASETS[dataset], torch.Generator().manual_seed(0)
        return cls(
            dataset, Source(*(_noise(entry, each, generator) for each in counts)), real=False
        )

    def part(self, training: int, validation: int) -> TrainingData:
        """Return the first so many images of each role; the time of a step is that of any."""
        train, held = (
            Dataset(whole.images[:count], whole.labels[:count], whole.class_names)
            for whole, count in ((self.source.train, training), (self.source.test, validation))
        )
        means, stds = (tuple(255 * each for each in of[self.dataset]) for of in (MEANS, STDS))
        return TrainingData(
            train=train,
            validation=held,
            test=held,
            train_indices=torch.arange(training),
            validation_indices=torch.arange(validation),
            normalization=Normalization(means, stds),
            fingerprint=f"benchmark {self.dataset} {training} {validation}",
        )


def _noise(entry: DatasetEntry, count: int, generator: torch.Generator) -> Dataset:
    shape = (count, *entry.image_shape)
    images = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    labels = torch.randint(len(entry.class_names), (count,), generator=generator)
    return Dataset(images, labels, entry.class_names)
