"""Softmax and cross-entropy: four logits to push, and what the loss says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number, Row, numbers_rule
from playground.run.questions import Question

CLASSES = {"cat": "Cat", "dog": "Dog", "horse": "Horse", "ship": "Ship"}
TRUTH = Choice("truth", "true class", CLASSES)
LOGIT = Number("logit", "logit", 0.0, -6.0, 6.0, 0.1)
FIRST_LOGITS = (2.0, 1.0, 0.0, -1.0)


@dataclass(frozen=True, slots=True)
class JudgedImage:
    """The number of the true class and of the answer, the probability of the truth, the loss."""

    truth: int
    answer: int
    true_probability: float
    loss: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class LogitSweep:
    """Loss and mistake (0 or 1) while the true class's logit goes from end to end of its slider."""

    logit: Row
    loss: Row
    mistake: Row


@dataclass(frozen=True, slots=True)
class CrossEntropyFindings:
    """What the logits come to: by class, alone, in a `batch` with two more, and moved about.

    `built_in` is PyTorch's own loss; losses are in nats.
    """

    probabilities: Row
    one_hot: tuple[int, ...]
    gradient: Row
    loss: float
    built_in: float
    batch: tuple[JudgedImage, ...]
    mean_loss: float
    mean_probability: float
    accuracy: float
    sweep: LogitSweep
    code: str


@dataclass(frozen=True, slots=True)
class CrossEntropyQuestion(Question[CrossEntropyFindings]):
    """What do these logits, one for each class, come to where `truth` is the true class?"""

    logits: Annotated[Row, numbers_rule(LOGIT, len(CLASSES))] = FIRST_LOGITS
    truth: Annotated[str, TRUTH.rule] = TRUTH.default
