"""What there is to move in the concept lab: the numbers of its pieces, each with range and label.

A page draws its sliders from them, the engine checks against them what a page has sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.errors import InvalidExperiment, UnknownChoice, shorten


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `least` to `most`; with a whole `step` it is a whole number."""

    name: str
    label: str
    default: float
    least: float
    most: float
    step: float

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return isinstance(self.step, int)

    def of(self, inputs: Mapping[str, Any]) -> float:
        """Return this number of `inputs`, the default where it is not there.

        Raises `InvalidExperiment` for what is no number or out of range.
        """
        return self.checked(inputs.get(self.name, self.default))

    def count(self, inputs: Mapping[str, Any]) -> int:
        """Return it as an int; raises `InvalidExperiment`."""
        return int(self.of(inputs))

    def checked(self, value: object) -> float:
        """Return `value` where it is in range; raises `InvalidExperiment` where it is not."""
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and (isinstance(value, int) or not self.is_whole)
            and self.least <= value <= self.most  # false for what is not a number, too
        ):
            return value
        kind = "whole number" if self.is_whole else "number"
        given = "An empty field" if value is None else shorten(value)
        raise InvalidExperiment(
            f"{given} is no {self.label}: it must be a {kind} from {self.least:g} to {self.most:g}."
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names, each with its label; the first is the default."""

    name: str
    label: str
    labels: Mapping[str, str]

    def of(self, inputs: Mapping[str, Any]) -> str:
        """Return the name in `inputs`, the default where it is not there.

        Raises `UnknownChoice` for others.
        """
        value = inputs.get(self.name, next(iter(self.labels)))
        if isinstance(value, str) and value in self.labels:
            return value
        raise UnknownChoice(self.label, value, self.labels)


def listed(
    inputs: Mapping[str, Any], name: str, number: Number, default: Sequence[float]
) -> list[float]:
    """Return the list `name` of as many numbers as `default` has; raises `InvalidExperiment`."""
    values = inputs.get(name, default)
    if not isinstance(values, list | tuple) or len(values) != len(default):
        raise InvalidExperiment(
            f"{shorten(values)} is no list of {number.label}s: give {len(default)} numbers."
        )
    return [number.checked(value) for value in values]


def rows_of(
    inputs: Mapping[str, Any],
    name: str,
    columns: Sequence[Number],
    default: Mapping[str, Sequence[float]],
) -> list[list[float]]:
    """Return the table `name`, one number of each of `columns` in every row.

    `default` is the table by the names of its rows, and stands where there is none. Raises
    `InvalidExperiment`, with the name of the row.
    """
    table = inputs.get(name, list(default.values()))
    is_table = isinstance(table, list | tuple) and len(table) == len(default)
    if not is_table or any(
        not isinstance(row, list | tuple) or len(row) != len(columns) for row in table
    ):
        raise InvalidExperiment(
            f"{shorten(table)} is no table of {name}: give {len(default)} rows of {len(columns)} "
            "numbers."
        )
    return [_row_of(row_name, row, columns) for row_name, row in zip(default, table, strict=True)]


def _row_of(name: str, row: Sequence[object], columns: Sequence[Number]) -> list[float]:
    try:
        return [column.checked(value) for column, value in zip(columns, row, strict=True)]
    except InvalidExperiment as error:
        raise InvalidExperiment(f"{name}: {error}") from None


# Autograd
WEIGHT = Number("w", "weight w", 2.0, -5.0, 5.0, 0.1)
INPUT = Number("x", "input x", 3.0, -5.0, 5.0, 0.1)
BIAS = Number("b", "bias b", 1.0, -5.0, 5.0, 0.1)
BACKWARDS = Number("backwards", "number of backward calls", 1, 0, 10, 1)

# Linear regression
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

# Softmax and cross-entropy
CLASSES = {"cat": "Cat", "dog": "Dog", "horse": "Horse", "ship": "Ship"}
TRUTH = Choice("truth", "true class", CLASSES)
LOGIT = Number("logit", "logit", 0.0, -6.0, 6.0, 0.1)

# Normalization
INPUT_PIXEL = Number("input", "input", 1.0, 0.0, 255.0, 1.0)
UPDATES = Number("updates", "number of updates", 100, 0, 100, 1)
MEAN = Number("mean", "mean", 0.5, 0.0, 1.0, 0.01)
STD = Number("std", "standard deviation", 0.5, 0.05, 1.0, 0.01)
IMAGES = Choice("images", "images", {"digits": "Digits", "shapes": "Shapes"})

# Convolution and pooling
KERNEL_SIZE = 3
KERNEL_WEIGHT = Number("weight", "kernel weight", 0.0, -10.0, 10.0, 0.1)
STRIDE = Number("stride", "stride", 1, 1, 3, 1)
PADDING = Number("padding", "padding", 0, 0, 2, 1)
POOL = Number("pool", "pooling window", 2, 2, 4, 1)
ROW = Number("row", "row", 0, 0, 255, 1)
COLUMN = Number("column", "column", 0, 0, 255, 1)
KERNELS = {
    "Identity": (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    "Edges": (-1.0, -1.0, -1.0, -1.0, 8.0, -1.0, -1.0, -1.0, -1.0),
    "Upright edges": (-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0),
    "Level edges": (-1.0, -2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0),
    "Blur": (0.11, 0.11, 0.11, 0.11, 0.12, 0.11, 0.11, 0.11, 0.11),
    "Sharpen": (0.0, -1.0, 0.0, -1.0, 5.0, -1.0, 0.0, -1.0, 0.0),
    "Emboss": (-2.0, -1.0, 0.0, -1.0, 1.0, 1.0, 0.0, 1.0, 2.0),
}
PICTURE = Choice(
    "picture",
    "picture",
    {"flower": "Flower", "temple": "Temple", "digit": "Digit", "shape": "Shape"},
)

# One batch under the microscope
BATCH = Number("batch", "batch", 1, 1, 10, 1)
UNIT = Number("unit", "unit of the first layer", 1, 1, 65_536, 1)
CHANNEL = Number("channel", "channel", 1, 1, 64, 1)
STEP_RATE = Number("learning_rate", "learning rate", 0.001, 1e-5, 10.0, 1e-5)

# Train, validation, test
KEPT = Choice("checkpoint", "epoch", {"best": "Smallest validation loss", "last": "Last epoch"})

# Batches and shuffling
PART = Choice("part", "part", {"order": "Order", "noise": "Noise", "training": "Training"})
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
BATCH_SIZE = Number("batch_size", "batch size", 32, 1, 512, 1)
EPOCH = Number("epoch", "epoch", 1, 1, 1000, 1)
TRAINED_BEFORE = Number("before", "number of epochs trained before", 0, 0, 10, 1)
EPOCHS = Number("epochs", "number of epochs", 3, 1, 5, 1)

# Device
NETWORKS = Choice("network", "network", {"mlp": "MLP", "cnn": "CNN", "large_cnn": "Large CNN"})
MEASUREMENT = Number("measurement", "number of the measurement", 1, 1, 1_000_000, 1)
