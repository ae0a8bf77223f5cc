"""Normalization: three inputs of three weights, and real images there and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number, Row, Rows, numbers_rule
from playground.lab.pixels import Pixels
from playground.run.questions import Question

INPUT_PIXEL = Number("input", "input", 1.0, 0.0, 255.0, 1.0)
FIRST_INPUTS = (1.0, 1.0, 255.0)
UPDATES = Number("updates", "number of updates", 100, 0, 100, 1)
MEAN = Number("mean", "mean", 0.5, 0.0, 1.0, 0.01)
STD = Number("std", "standard deviation", 0.5, 0.05, 1.0, 0.01)
IMAGES = Choice("images", "images", {"digits": "Digits", "shapes": "Shapes"})


@dataclass(frozen=True, slots=True)
class WeightsWay:
    """Three inputs, and their weights before the first step and after each."""

    inputs: Row
    weights: Rows


@dataclass(frozen=True, slots=True)
class Histogram:
    """The `share` of the values in the bin from each `start`, and of those beyond all bins."""

    start: Row
    share: Row
    outside: float


@dataclass(frozen=True, slots=True)
class NormalizationFindings:
    """Both ways of the weights; images before, after and back, drawn and counted.

    `worst` is how far the way back is off, in grey levels; `measured` are mean and standard
    deviation of the images, on pixels from 0 to 1.
    """

    raw: WeightsWay
    standard: WeightsWay
    code: str
    before: Pixels
    normalized: Pixels
    back: Pixels
    worst: float
    low: float
    high: float
    mean_after: float
    std_after: float
    measured: tuple[float, float]
    histogram_before: Histogram
    histogram_after: Histogram
    image_code: str


@dataclass(frozen=True, slots=True)
class NormalizationQuestion(Question[NormalizationFindings]):
    """Where do the weights go from these inputs, and what do `mean` and `std` make of images?"""

    inputs: Annotated[Row, numbers_rule(INPUT_PIXEL, len(FIRST_INPUTS))] = FIRST_INPUTS
    updates: Annotated[int, UPDATES.rule] = UPDATES.default
    images: Annotated[str, IMAGES.rule] = IMAGES.default
    mean: Annotated[float, MEAN.rule] = MEAN.default
    std: Annotated[float, STD.rule] = STD.default
