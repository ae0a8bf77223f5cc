"""Flaws: what the pitfalls of the data do to the training images and their labels."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from playground.engine.images.sources.dataset import Dataset
from playground.engine.machine.randomness import derive_seed

NOISE = 0.2  # the share of the labels that "noisy_labels" makes wrong


def mislabelled(dataset: Dataset, seed: int, flaws: frozenset[str]) -> Dataset:
    """Return the images with the labels that "shuffled_labels" and "noisy_labels" give them.

    What is drawn depends on `seed` and the number of images alone, and nothing else of the run.
    """
    labels = dataset.labels
    if "shuffled_labels" in flaws:
        labels = shuffled(labels, _generator(seed, "shuffled labels"))
    if "noisy_labels" in flaws:
        labels = noisy(labels, len(dataset.class_names), _generator(seed, "noisy labels"))
    return replace(dataset, labels=labels)


def shuffled(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Return `labels [N]` dealt out at random: as many of each class as before."""
    return labels[torch.randperm(len(labels), generator=generator)]


def noisy(labels: Tensor, classes: int, generator: torch.Generator) -> Tensor:
    """Return `labels [N]` with a share `NOISE` of them, rounded, replaced by another class."""
    wrong = torch.randperm(len(labels), generator=generator)[: round(NOISE * len(labels))]
    away = torch.randint(1, classes, (len(wrong),), generator=generator)
    changed = labels.clone()
    changed[wrong] = (labels[wrong] + away) % classes
    return changed


def joined(dataset: Dataset, others: Dataset) -> Dataset:
    """Return the images of both, those of `dataset` first."""
    inputs = torch.cat([dataset.inputs, others.inputs])
    return Dataset(inputs, torch.cat([dataset.labels, others.labels]), dataset.class_names)


def _generator(seed: int, purpose: str) -> torch.Generator:
    return torch.Generator().manual_seed(derive_seed(seed, purpose))
