"""Outcomes: how well a run does in the end, image by image, and which of two does better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.examination.cases import Run
from playground.examination.training import folder_of, trained
from playground.run.artifacts import PROBABILITIES
from playground.run.image_sets import ImageSet

_ERRORS = 2.0
"""Standard errors that make a difference."""

# Of the probabilities, which are float16: the logarithm of less would be rounding.
_SMALLEST = 1e-4

_Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What a run says in the end of its validation images `key`.

    `correct` and `losses` are `[N]`: whether each is right, 1 or 0, and −ln p of its class, in
    nats. A run that failed guesses.
    """

    key: str
    correct: _Numbers
    losses: _Numbers

    @property
    def accuracy(self) -> float:
        """The share of images that are right."""
        return float(self.correct.mean())


def outcome_of(run: Run) -> Outcome:
    """Return the outcome of a run that has been trained; raises `ValueError` where it is gone."""
    snapshot = trained(run)
    started = snapshot.started
    labels = ImageSet("validation", started.validation_key).array("labels") if started else None
    if started is None or labels is None:
        raise ValueError(f"the validation images of {run.key} are gone")
    last = len(snapshot.epochs)
    saying = folder_of(run).array(PROBABILITIES, last) if not snapshot.message else None
    classes = len(started.class_names)
    if saying is None:
        guesses = np.full(len(labels), 1 / classes)
        return Outcome(started.validation_key, guesses, np.full(len(labels), log(classes)))
    of_truth = saying[np.arange(len(labels)), labels].astype(float)
    correct = (saying.argmax(1) == labels).astype(float)
    return Outcome(started.validation_key, correct, -np.log(np.maximum(of_truth, _SMALLEST)))


def is_better(these: Sequence[Outcome], than: Outcome) -> bool:
    """Whether the mean of runs that differ by their seeds alone does better by 2 standard errors.

    In accuracy, or in loss with an accuracy that is not worse by as much. Paired over the images
    where they are the same; of several seeds, what they differ by counts as an error as well.
    """
    right = _surplus(these, than, [each.correct for each in these], than.correct)
    sure = _surplus(these, than, [-each.losses for each in these], -than.losses)
    return right >= _ERRORS or (sure >= _ERRORS and right > -_ERRORS)


def _surplus(
    these: Sequence[Outcome], than: Outcome, mine: Sequence[_Numbers], theirs: _Numbers
) -> float:
    """Return by how many standard errors the mean of `mine` is larger."""
    mean = np.mean(mine, axis=0)
    difference = float(mean.mean() - theirs.mean())
    if all(each.key == than.key for each in these):
        variance = float((mean - theirs).var()) / len(theirs)
    else:
        variance = float(mean.var()) / len(mean) + float(theirs.var()) / len(theirs)
    if len(mine) > 1:
        spread = float(np.var([numbers.mean() for numbers in mine], ddof=1))
        variance += spread * (1 + 1 / len(mine))
    return difference / sqrt(variance) if variance > 0 else 0.0
