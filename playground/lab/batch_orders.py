"""Batches: their order in an epoch, how well one guesses the gradient, what sorting does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from playground.lab.inputs import Number, Row
from playground.run.questions import Question

ORDERS = ("shuffled", "sorted")
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
BATCH_SIZE = Number("batch_size", "batch size", 32, 1, 512, 1)
EPOCH = Number("epoch", "epoch", 1, 1, 1000, 1)
TRAINED_BEFORE = Number("before", "number of epochs trained before", 0, 0, 10, 1)
EPOCHS = Number("epochs", "number of epochs", 3, 1, 5, 1)

Labels: TypeAlias = tuple[tuple[int, ...], ...]
Spread: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class OrderFindings:
    """The `labels` of the first batches by order, out of so many training `images`."""

    labels: dict[str, Labels]
    images: int
    code: str


@dataclass(frozen=True, slots=True)
class OrderQuestion(Question[OrderFindings]):
    """Which images come first in an epoch, in either order?"""

    batch_size: Annotated[int, BATCH_SIZE.rule] = BATCH_SIZE.default
    epoch: Annotated[int, EPOCH.rule] = EPOCH.default


@dataclass(frozen=True, slots=True)
class Noise:
    """How far gradients of batches of one size and order are off that of all images.

    `error` is in lengths of the latter, `angle` in degrees, each with its quartiles and between
    them the root mean square of the errors, for which the rule 1/√size holds, or the median angle.
    """

    order: str
    batch_size: int
    error: Spread
    angle: Spread


@dataclass(frozen=True, slots=True)
class NoiseFindings:
    """The noise for every size and order."""

    noise: tuple[Noise, ...]
    code: str


@dataclass(frozen=True, slots=True)
class NoiseQuestion(Question[NoiseFindings]):
    """How well do batches guess the gradient, of a network trained for so many epochs?"""

    before: Annotated[int, TRAINED_BEFORE.rule] = TRAINED_BEFORE.default


@dataclass(frozen=True, slots=True)
class Trained:
    """The losses of all batches, in nats, and the validation accuracy after each epoch."""

    losses: Row
    accuracies: Row


@dataclass(frozen=True, slots=True)
class OrderedTrainingFindings:
    """A short training for each order, from the same first weights."""

    trained: dict[str, Trained]
    code: str


@dataclass(frozen=True, slots=True)
class OrderedTrainingQuestion(Question[OrderedTrainingFindings]):
    """What does a network learn from shuffled images, and what from sorted ones?"""

    batch_size: Annotated[int, BATCH_SIZE.rule] = BATCH_SIZE.default
    epochs: Annotated[int, EPOCHS.rule] = EPOCHS.default
