"""A loss of two weights: a valley, a place to start from, and three optimizers going down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number, Rows
from playground.run.questions import Question

STEPS = Number("steps", "number of steps", 60, 0, 300, 1)
LEARNING_RATE = Number("learning_rate", "learning rate", 0.1, 0.001, 2.0, 0.001)
ADAM_RATE = Number("adam_rate", "learning rate of Adam", 0.1, 0.001, 2.0, 0.001)
MOMENTUM = Number("momentum", "momentum", 0.9, 0.0, 0.99, 0.01)


@dataclass(frozen=True, slots=True)
class Valley:
    """The loss `along` (x − `bottom`)² + `across` (y − `bend` x²)², and where the walk begins.

    `levels` are the losses to draw lines of equal loss for.
    """

    along: float
    across: float
    bend: float
    bottom: float
    start: tuple[float, float]
    levels: tuple[float, ...]


VALLEYS = {
    "narrow": Valley(0.05, 1.0, 0.0, 0.0, (-9.0, 2.5), (0.1, 0.5, 1, 2, 4, 8)),
    "bent": Valley(0.1, 0.5, 1.0, 1.0, (-1.5, 0.5), (0.02, 0.1, 0.3, 0.8, 2, 5)),
}
VALLEY = Choice("valley", "valley", {"narrow": "Long and narrow", "bent": "Bent like a banana"})


@dataclass(frozen=True, slots=True)
class Walk:
    """Where an optimizer went: `path` `[steps + 1, 2]` from the start on, and the loss at each."""

    path: Rows
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ValleyFindings:
    """The walks of SGD, SGD with momentum and Adam, by name, and the lines that ran."""

    walks: dict[str, Walk]
    code: str


@dataclass(frozen=True, slots=True)
class ValleyQuestion(Question[ValleyFindings]):
    """Where do three optimizers get in so many steps, from the same place?"""

    valley: Annotated[str, VALLEY.rule] = VALLEY.default
    learning_rate: Annotated[float, LEARNING_RATE.rule] = LEARNING_RATE.default
    momentum: Annotated[float, MOMENTUM.rule] = MOMENTUM.default
    adam_rate: Annotated[float, ADAM_RATE.rule] = ADAM_RATE.default
    steps: Annotated[int, STEPS.rule] = STEPS.default
