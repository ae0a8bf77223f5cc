"""Batches: in what order images come, how well a batch guesses the gradient, and what sorting does.

All of it on the digits, with a network of one hidden layer of 32 units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from math import acos, degrees, sqrt
from statistics import fmean, median, quantiles
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from playground.engine.images.shelf import DataShelf
from playground.engine.lab.code import source
from playground.engine.machine.preparation import Preparation
from playground.experiment.settings import DataSettings
from playground.lab import batch_orders as piece
from playground.run.records import PreparationRecord

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


def first_batches(
    question: piece.OrderQuestion, shelf: DataShelf
) -> Preparation[piece.OrderFindings]:
    """Return the labels of the first batches of an epoch in either order."""
    images, labels = (yield from _digits(shelf)).train
    first = {}
    for order in piece.ORDERS:
        batches = loader(images, labels, question.batch_size, order, question.epoch)
        first[order] = tuple(tuple(batch[1].tolist()) for batch in islice(batches, SHOWN_BATCHES))
    return piece.OrderFindings(first, len(labels), source(loader))


def gradient_noise(
    question: piece.NoiseQuestion, shelf: DataShelf
) -> Preparation[piece.NoiseFindings]:
    """Compare gradients of batches of every size with the gradient of all images."""
    images, labels = (yield from _digits(shelf)).train
    epochs_before = question.before
    model = network()
    for epoch in range(epochs_before):
        train_epoch(model, loader(images, labels, _WARM_UP_SIZE, "shuffled", epoch))
        yield PreparationRecord("Training the network", (epoch + 1) / epochs_before)
    truth = gradient(model, images, labels)
    by_class = labels.argsort(stable=True)
    generator = torch.Generator().manual_seed(0)
    found = []
    for number, size in enumerate(piece.BATCH_SIZES, 1):
        for order in piece.ORDERS:
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
                piece.Noise(order, size, _spread(errors, root_mean_square), _spread(angles, median))
            )
        yield PreparationRecord("Comparing gradients", number / len(piece.BATCH_SIZES))
    return piece.NoiseFindings(tuple(found), source(gradient, compare))


def ordered_trainings(
    question: piece.OrderedTrainingQuestion, shelf: DataShelf
) -> Preparation[piece.OrderedTrainingFindings]:
    """Train in either order from the same start."""
    digits = yield from _digits(shelf)
    trained = {}
    for order in piece.ORDERS:
        trained[order] = yield from _trained(digits, question, order)
    return piece.OrderedTrainingFindings(trained, source(network, train_epoch))


def _trained(
    digits: _Digits, question: piece.OrderedTrainingQuestion, order: str
) -> Preparation[piece.Trained]:
    model = network()
    images, labels = digits.validation
    losses: list[float] = []
    accuracies = []
    for epoch in range(1, question.epochs + 1):
        losses += train_epoch(model, loader(*digits.train, question.batch_size, order, epoch))
        with torch.no_grad():
            right = model(images).argmax(1) == labels
        accuracies.append(right.float().mean().item())
        yield PreparationRecord(f"Training on {order} images", epoch / question.epochs)
    return piece.Trained(tuple(losses), tuple(accuracies))


class _Digits(NamedTuple):
    """Normalized images and labels."""

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]


def _digits(shelf: DataShelf) -> Preparation[_Digits]:
    data = yield from shelf.prepare(DataSettings(dataset="digits"), seed=0)
    train, validation = (
        (data.normalization.apply(images.images), images.labels)
        for images in (data.train, data.validation)
    )
    return _Digits(train, validation)


def root_mean_square(values: Sequence[float]) -> float:
    """The root of the mean of the squares."""
    return sqrt(fmean(value * value for value in values))


def _spread(values: Sequence[float], middle: Callable[[Sequence[float]], float]) -> piece.Spread:
    low, _, high = quantiles(values)
    return low, middle(values), high
