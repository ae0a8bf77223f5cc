"""Autograd: y = w·x + b with three numbers to move, and what backward() leaves in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Number, names_rule
from playground.run.questions import Question

WEIGHT = Number("w", "weight w", 2.0, -5.0, 5.0, 0.1)
INPUT = Number("x", "input x", 3.0, -5.0, 5.0, 0.1)
BIAS = Number("b", "bias b", 1.0, -5.0, 5.0, 0.1)
BACKWARDS = Number("backwards", "number of backward calls", 1, 0, 10, 1)
NAMES = ("w", "x", "b")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One of the three numbers; `grad` is None where backward() has left nothing."""

    value: float
    requires_grad: bool
    grad: float | None


@dataclass(frozen=True, slots=True)
class AutogradFindings:
    """`leaves` are by name; `graph` has arrows from a node to the next, as backward() walks it.

    `complaint` is PyTorch's own, where there is no graph to walk.
    """

    y: float
    product: float
    y_requires_grad: bool
    leaves: dict[str, Leaf]
    graph: tuple[tuple[str, str], ...]
    complaint: str
    code: str


@dataclass(frozen=True, slots=True)
class AutogradQuestion(Question[AutogradFindings]):
    """What do the numbers have in .grad after so many calls, if these are `learned`?"""

    w: Annotated[float, WEIGHT.rule] = WEIGHT.default
    x: Annotated[float, INPUT.rule] = INPUT.default
    b: Annotated[float, BIAS.rule] = BIAS.default
    learned: Annotated[tuple[str, ...], names_rule(NAMES, "what requires a gradient")] = ("w", "b")
    backwards: Annotated[int, BACKWARDS.rule] = BACKWARDS.default
