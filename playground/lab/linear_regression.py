"""Linear regression: five regions, three measurements, two yields, and steps to take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Cells, Number, Row, Rows, table_rule
from playground.run.questions import Question

STEPS = Number("steps", "number of steps", 0, 0, 1000, 1)
PHASE = Number("phase", "number of parts of a step", 0, 0, 4, 1)
LEARNING_RATE = Number("learning_rate", "learning rate", 1e-5, 1e-7, 1e-3, 1e-7)
FRUITS = ("apples", "oranges")
FEATURES = (
    Number("temperature", "temperature in °F", 80.0, -100.0, 200.0, 1.0),
    Number("rainfall", "rainfall in mm", 80.0, 0.0, 1000.0, 1.0),
    Number("humidity", "humidity in %", 50.0, 0.0, 100.0, 1.0),
)
YIELDS = tuple(
    Number(fruit, f"yield of {fruit} in tons per hectare", 80.0, 0.0, 1000.0, 1.0)
    for fruit in FRUITS
)
# Temperature, rainfall, humidity; apples and oranges.
REGIONS = {
    "Region A": (73.0, 67.0, 43.0, 56.0, 70.0),
    "Region B": (91.0, 88.0, 64.0, 81.0, 101.0),
    "Region C": (87.0, 134.0, 58.0, 119.0, 133.0),
    "Region D": (102.0, 43.0, 37.0, 22.0, 37.0),
    "Region E": (69.0, 96.0, 70.0, 103.0, 119.0),
}
FIRST_WEIGHT = tuple(
    Number(name, f"starting {name}", 0.0, -100.0, 100.0, 0.1)
    for name in (*(f"weight of {feature.name}" for feature in FEATURES), "bias")
)
# As a normal distribution gave them once: two fruits, each with three weights and a bias.
FIRST_WEIGHTS = {
    "Apples": (1.54, -0.29, -2.18, 0.4),
    "Oranges": (0.57, -1.08, -1.4, 0.84),
}


@dataclass(frozen=True, slots=True)
class RegressionFindings:
    """Both ways' losses after each step, and the state of the next one.

    `inputs` are `[5, 3]`, `targets` and `predictions` `[5, 2]`, `w` `[2, 3]`, `b` `[2]`; what the
    step has not come to is None.
    """

    inputs: Rows
    targets: Rows
    by_hand: Row
    built_in: Row
    predictions: Rows | None
    w: Rows
    b: Row
    w_grad: Rows | None
    b_grad: Row | None
    loss: float | None
    code: str
    built_in_code: str


@dataclass(frozen=True, slots=True)
class RegressionQuestion(Question[RegressionFindings]):
    """What do `steps` lead to, and the first `phase` parts of the next?

    The parts are: 1 predict, 2 loss, 3 gradient, 4 update. `regions` and `weights` stand for the
    lesson's own.
    """

    steps: Annotated[int, STEPS.rule] = STEPS.default
    phase: Annotated[int, PHASE.rule] = PHASE.default
    learning_rate: Annotated[float, LEARNING_RATE.rule] = LEARNING_RATE.default
    regions: Annotated[Cells, table_rule("regions", (*FEATURES, *YIELDS), REGIONS)] = tuple(
        REGIONS.values()
    )
    weights: Annotated[Cells, table_rule("weights", FIRST_WEIGHT, FIRST_WEIGHTS)] = tuple(
        FIRST_WEIGHTS.values()
    )
