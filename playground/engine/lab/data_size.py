"""Small networks, each trained on so many of the digits, and asked about the others."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.machine.preparation import Preparation
from playground.experiment.settings import DataSettings
from playground.lab.data_size import (
    BATCH,
    SIZES,
    STEPS,
    DataSizeFindings,
    DataSizeQuestion,
    Trained,
)
from playground.run.records import PreparationRecord


def network(units: int) -> nn.Sequential:
    """One hidden layer: how many units it has is how much it can express."""
    return nn.Sequential(nn.Flatten(), nn.Linear(64, units), nn.Tanh(), nn.Linear(units, 10))


def fit(
    model: nn.Module, images: Tensor, labels: Tensor, steps: int, random: torch.Generator
) -> None:
    """Take the same number of steps, however many images there are."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        batch = torch.randint(len(images), (BATCH,), generator=random)
        loss = F.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of right answers."""
    with torch.no_grad():
        return int((model(images).argmax(dim=1) == labels).sum()) / len(labels)


def investigate(question: DataSizeQuestion, shelf: DataShelf) -> Preparation[DataSizeFindings]:
    """Train on each number of images with each seed; all are validated by the same images."""
    data = yield from shelf.prepare(DataSettings(dataset="digits"), seed=0)
    images, labels = data.normalization.apply(data.train.images), data.train.labels
    others = data.normalization.apply(data.validation.images), data.validation.labels
    units, found = int(question.units), []
    for count in SIZES:
        pairs = []
        for seed in range(question.seeds):
            yield PreparationRecord(f"Training on {count} images", SIZES.index(count) / len(SIZES))
            random = torch.Generator().manual_seed(seed)
            some = torch.randperm(len(images), generator=random)[:count]
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(seed)
                model = network(units)
            fit(model, images[some], labels[some], STEPS, random)
            pairs.append((accuracy(model, images[some], labels[some]), accuracy(model, *others)))
        found.append(Trained(count, *(tuple(shares) for shares in zip(*pairs, strict=True))))
    return DataSizeFindings(tuple(found), len(others[1]), source(network, fit, accuracy))
