"""Batches: in what order images come, how well a batch guesses the gradient, and what sorting does.

All of it on the digits, with a network of one hidden layer of 32 units.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import islice
from math import acos, degrees
from statistics import quantiles
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.lab.piece import Findings, Inputs
from playground.experiment.settings import DataSettings
from playground.lab.inputs import BATCH_SIZE, BATCH_SIZES, EPOCH, EPOCHS, PART, TRAINED_BEFORE
from playground.run.records import PreparationRecord

ORDERS = ("shuffled", "sorted")
SHOWN_BATCHES = 8
BATCHES_MEASURED = 25  # of each size
_WARM_UP_SIZE = 32


def network() -> nn.Module:
    """A small network, each time with the same first weights."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def loader(
    images: Tensor, labels: Tensor, batch_size: int, order: str, epoch: int
) -> DataLoader[tuple[Tensor, ...]]:
    """Hand out the images in batches: in a new random order each epoch, or sorted by class."""
    by_class = labels.argsort(stable=True)
    dataset = TensorDataset(images[by_class], labels[by_class])
    generator = torch.Generator().manual_seed(epoch)
    return DataLoader(dataset, batch_size, shuffle=order == "shuffled", generator=generator)


def train_epoch(model: nn.Module, batches: DataLoader[tuple[Tensor, ...]]) -> list[float]:
    """Train on every batch once; return their losses."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def gradient(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the mean loss of these images, all weights in one long list."""
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))  # as backward() computes them
    return torch.cat([part.flatten() for part in gradients])


def compare(guess: Tensor, truth: Tensor) -> tuple[float, float]:
    """How far a batch's gradient is off: the error's length, in lengths of the truth; the angle."""
    error = (guess - truth).norm() / truth.norm()
    cosine = F.cosine_similarity(guess, truth, dim=0).clamp(-1, 1)
    return error.item(), degrees(acos(cosine))


def investigate(inputs: Inputs, shelf: DataShelf) -> Generator[PreparationRecord, None, Findings]:
    """Return one `part`: the first batches in both orders, the noise, or a short training."""
    part = PART.of(inputs)
    data = yield from shelf.prepare(DataSettings(dataset="digits"), seed=0)
    train = data.normalization.apply(data.train.images), data.train.labels
    if part == "order":
        return _order(*train, BATCH_SIZE.count(inputs), EPOCH.count(inputs))
    if part == "noise":
        return (yield from _noise(*train, TRAINED_BEFORE.count(inputs)))
    validation = data.normalization.apply(data.validation.images), data.validation.labels
    trained = {}
    for order in ORDERS:
        trained[order] = yield from _training(
            train, validation, BATCH_SIZE.count(inputs), order, EPOCHS.count(inputs)
        )
    return {**trained, "code": source(network, train_epoch)}


def _order(images: Tensor, labels: Tensor, batch_size: int, epoch: int) -> Findings:
    """Return the labels of the first batches of an epoch in either order."""
    first: dict[str, Any] = {}
    for order in ORDERS:
        batches = islice(loader(images, labels, batch_size, order, epoch), SHOWN_BATCHES)
        first[order] = [batch[1].tolist() for batch in batches]
    return {**first, "images": len(labels), "code": source(loader)}


def _noise(
    images: Tensor, labels: Tensor, epochs_before: int
) -> Generator[PreparationRecord, None, Findings]:
    """Compare gradients of batches of every size with the gradient of all images.

    Each entry of `noise` has `order`, `batch_size`, and the three quartiles of the `error` (in
    lengths of the gradient of all images) and of the `angle` (in degrees).
    """
    model = network()
    for epoch in range(epochs_before):
        train_epoch(model, loader(images, labels, _WARM_UP_SIZE, "shuffled", epoch))
        yield PreparationRecord("Training the network", (epoch + 1) / epochs_before)
    truth = gradient(model, images, labels)
    by_class = labels.argsort(stable=True)
    generator = torch.Generator().manual_seed(0)
    found = []
    for number, size in enumerate(BATCH_SIZES, 1):
        for order in ORDERS:
            pairs = []
            for _ in range(BATCHES_MEASURED):
                if order == "shuffled":
                    chosen = torch.randperm(len(labels), generator=generator)[:size]
                else:
                    last = len(labels) - size
                    start = int(torch.randint(last + 1, (1,), generator=generator))
                    chosen = by_class[start : start + size]
                pairs.append(compare(gradient(model, images[chosen], labels[chosen]), truth))
            errors, angles = zip(*pairs, strict=True)
            found.append(
                {
                    "order": order,
                    "batch_size": size,
                    "error": quantiles(errors),
                    "angle": quantiles(angles),
                }
            )
        yield PreparationRecord("Comparing gradients", number / len(BATCH_SIZES))
    return {"noise": found, "code": source(gradient, compare)}


def _training(
    train: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    batch_size: int,
    order: str,
    epochs: int,
) -> Generator[PreparationRecord, None, dict[str, list[float]]]:
    """Train from the same start; return the `losses` of all batches and `accuracies` by epoch."""
    model = network()
    images, labels = validation
    losses: list[float] = []
    accuracies = []
    for epoch in range(1, epochs + 1):
        losses += train_epoch(model, loader(*train, batch_size, order, epoch))
        with torch.no_grad():
            right = model(images).argmax(1) == labels
        accuracies.append(right.float().mean().item())
        yield PreparationRecord(f"Training on {order} images", epoch / epochs)
    return {"losses": losses, "accuracies": accuracies}
