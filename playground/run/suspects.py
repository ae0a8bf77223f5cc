"""Suspects: the question which training images have a doubtful label, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from playground.run.questions import Question, Setup

FOLDS = 3

MOST_SHOWN = 500
"""Suspects whose images are written for the page; more nobody looks through."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """The suspects of `images` training images, the most doubtful first.

    `key` names an image set with `images`, `labels` and `indices` of the first of the `found`, and
    what networks that had not seen them said: `probabilities` `[K, classes]`; empty where there are
    none. `accuracy` is the share of all answers that agree with the labels.
    """

    key: str
    found: int
    images: int
    accuracy: float


@dataclass(frozen=True, slots=True)
class FindSuspects(Question[Suspects]):
    """Which labels do networks doubt that were trained on the other images?

    The training images are cut into `FOLDS` parts; each is judged by a network of this setup that
    was trained on the rest for so many `epochs`.
    """

    experiment: Setup
    epochs: Annotated[int, Field(ge=1, le=50)]
