"""How many training images: small networks trained on more and more of the digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground.lab.inputs import Choice, Number
from playground.run.questions import Question

SIZES = (25, 50, 100, 200, 400, 800)
"""The numbers of training images, drawn anew for each seed."""

UNITS = Choice(
    "units", "number of hidden units", {"64": "64 units", "8": "8 units", "2": "2 units"}
)
SEEDS = Number("seeds", "number of seeds", 3, 1, 5, 1)
STEPS = 300
BATCH = 25


@dataclass(frozen=True, slots=True)
class Trained:
    """The accuracies, shares from 0 to 1, after training on so many images, one for each seed."""

    images: int
    train: tuple[float, ...]
    validation: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DataSizeFindings:
    """What came of each number of images, and how many images validated all of them."""

    trained: tuple[Trained, ...]
    validation_images: int
    code: str


@dataclass(frozen=True, slots=True)
class DataSizeQuestion(Question[DataSizeFindings]):
    """How far apart are training and validation accuracy with more and more images?"""

    units: Annotated[str, UNITS.rule] = UNITS.default
    seeds: Annotated[int, SEEDS.rule] = SEEDS.default
