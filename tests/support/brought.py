"""Data sets as people bring them, made by the tests: points in a plane, and images of any form."""

from __future__ import annotations

import numpy as np
import torch

from playground.engine.images.sources import arrays
from playground.engine.images.sources.dataset import Dataset, Source
from playground.experiment.entries import DatasetEntry
from playground.run import datasets

NAMES = ("inside", "outside")


def points(count: int = 240, seed: int = 0) -> Dataset:
    """Return points within a circle and in a ring around it, half of each: no line parts them.

    They lie about (5, -3), and the first number spreads ten times as wide as the second.
    """
    numbers = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    radius = np.where(labels == 0, numbers.uniform(0, 1, count), numbers.uniform(1.5, 2.5, count))
    angle = numbers.uniform(0, 2 * np.pi, count)
    plane = np.stack([5 + 10 * radius * np.cos(angle), radius * np.sin(angle) - 3], axis=1)
    return Dataset(torch.from_numpy(plane.astype(np.float32)), torch.from_numpy(labels), NAMES)


def images(count: int, height: int, width: int, channels: int = 1) -> Dataset:
    """Return noise, darker on the left for the first of three classes, and so on."""
    generator = torch.Generator().manual_seed(count)
    labels = torch.arange(count) % 3
    pixels = torch.randint(0, 120, (count, channels, height, width), generator=generator)
    third = torch.arange(width) * 3 // width
    pixels += 120 * (third == labels[:, None]).int()[:, None, None, :]
    return Dataset(pixels.to(torch.uint8), labels, ("left", "middle", "right"))


def bring(name: str, source: Source, **others: object) -> DatasetEntry:
    """Write a data set into the home of this moment and let the catalogue offer it."""
    train = source.train
    fields = {
        "label": name.capitalize(),
        "summary": f"{name.capitalize()}, brought by a test.",
        "input_shape": train.input_shape,
        "class_names": train.class_names,
        "training_images": len(train),
        "test_images": len(source.test),
        "number": str(train.inputs.dtype).removeprefix("torch."),
        "kind": "arrays",
    }
    entry = DatasetEntry(name, **(fields | others))  # type: ignore[arg-type]
    arrays.save(name, source)
    datasets.describe(entry)
    datasets.follow()
    return entry


def bring_points(name: str = "points") -> DatasetEntry:
    return bring(name, Source(points(), points(60, seed=1)))
