"""Baselines: the simplest classifiers, trained on a run's images and judged on its validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.engine.images.data import TrainingData
from playground.engine.images.normalization import MEASURED, Normalization
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.dataset import Dataset
from playground.engine.images.spread import measure
from playground.engine.machine.preparation import Preparation, at_once, portions
from playground.errors import InvalidExperiment
from playground.experiment.pitfalls import data_flaws
from playground.run.baselines import (
    Baselines,
    BaselinesQuestion,
    keep_baselines,
    kept_baselines,
)
from playground.run.records import PreparationRecord

STEPS = 100
"""The most steps of L-BFGS, each over all training images."""

_ENOUGH = 1e-4  # the largest part of the gradient at which the minimum is found, as in scikit-learn

# So many pixels are read at most, over all steps together: one or two minutes of one core.
_MOST_READ = 30_000_000_000

Portions = Callable[[Dataset], Iterator[tuple[Tensor, Tensor]]]  # rows `[n, features]`, labels


def baselines(question: BaselinesQuestion, shelf: DataShelf) -> Preparation[Baselines]:
    """Return what simple rules reach, from disk where it has been found out before.

    Raises `DatasetUnavailable`, and `InvalidExperiment` where the images are others by now.
    """
    if kept := kept_baselines(question):
        return kept
    experiment = question.experiment
    seed, flaws = experiment.training.seed, data_flaws(experiment)
    data = yield from shelf.prepare(experiment.data, seed, download=False, flaws=flaws)
    if data.fingerprint != question.fingerprint:
        raise InvalidExperiment(
            "The images of this data set are others than those that the run was trained on."
        )
    found = yield from measured(data)
    with suppress(OSError):  # it is only found out once more
        keep_baselines(question, found)
    return found


def measured(data: TrainingData) -> Preparation[Baselines]:
    """Train the simple rules on the training images; yields before each portion of images."""
    train, validation = data.train, data.validation
    scale = Normalization.of(MEASURED, (yield from measure(train.inputs)))

    def rows(dataset: Dataset) -> Iterator[tuple[Tensor, Tensor]]:
        for part in portions(len(dataset), at_once(4 * dataset.inputs[0].numel())):
            yield scale.apply(dataset.inputs[part]).flatten(1), dataset.labels[part]

    counts = torch.bincount(train.labels, minlength=len(data.class_names))
    largest = torch.eye(len(counts))[int(counts.argmax())]  # it is always said
    none = torch.zeros(len(counts), train.inputs[0].numel())
    means = yield from class_means(rows, train, counts)
    softmax = yield from softmax_regression(rows, train, len(counts))
    shares = []
    # The class of the nearest mean has the largest 2 m·x − m·m.
    for weights, bias in ((none, largest), (2 * means, -means.square().sum(1)), softmax):
        right = 0
        for inputs, labels in rows(validation):
            right += int((F.linear(inputs, weights, bias).argmax(1) == labels).sum())
            yield PreparationRecord("Judging the simplest classifiers")
        shares.append(right / len(validation))
    return Baselines(*shares)


def class_means(rows: Portions, train: Dataset, counts: Tensor) -> Preparation[Tensor]:
    """Return the mean image of each class, `[classes, features]`; far away where there is none."""
    sums = torch.zeros(len(counts), train.inputs[0].numel())
    for inputs, labels in rows(train):
        sums.index_add_(0, labels, inputs)
        yield PreparationRecord("Taking the mean of each class")
    means = sums / counts.clamp(min=1)[:, None]
    means[counts == 0] = 1e6
    return means


def softmax_regression(
    rows: Portions, train: Dataset, classes: int
) -> Preparation[tuple[Tensor, Tensor]]:
    """Return weights `[classes, features]` and bias of multinomial logistic regression.

    The mean cross-entropy plus |weights|² / 2N is minimized, as scikit-learn does with `C=1`.
    """
    weights = torch.zeros(classes, train.inputs[0].numel(), requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    # One iteration a call, and the gradient is there before it: between two portions of the
    # images others have their turn.
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=1, history_size=10)
    steps = max(1, min(STEPS, _MOST_READ // train.inputs.numel()))
    for step in range(steps):
        weights.grad, bias.grad = weights.detach() / len(train), torch.zeros(classes)
        total = weights.detach().square().sum() / (2 * len(train))
        for inputs, labels in rows(train):
            part = F.cross_entropy(F.linear(inputs, weights, bias), labels, reduction="sum")
            part = part / len(train)
            part.backward()
            total += part.detach()
            yield PreparationRecord("Training softmax regression", step / steps)
        if max(float(each.abs().max()) for each in (weights.grad, bias.grad)) < _ENOUGH:
            break
        optimizer.step(lambda found=total: found)
    return weights.detach(), bias.detach()
