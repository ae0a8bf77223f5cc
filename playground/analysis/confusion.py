"""Confusion: which class was taken for which, how often and since when; scores of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from playground.analysis.stored_answers import Integers, StoredAnswers, unbroken_since

Shares: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """So many images of class `truth` were taken for `said`, at least half as many `since` then."""

    truth: int
    said: int
    count: int
    since: int


@dataclass(frozen=True, eq=False, slots=True)
class ClassScores:
    """Scores of each class `[classes]`: shares from 0 to 1, NaN where there is nothing to divide.

    `precision` is the share of what was taken for a class that is of it, `recall` the share of a
    class that was recognized, `f1` their harmonic mean, `support` how many images the class has.
    """

    precision: Shares
    recall: Shares
    f1: Shares
    support: Integers


def confusions(answers: StoredAnswers) -> Integers:
    """Return `[E, classes, classes]`: how many images of the true class (row) were taken for which.

    The columns are the answers.
    """
    epochs, classes = len(answers.epochs), answers.classes
    cells = answers.labels * classes + answers.said
    cells += np.arange(epochs)[:, None] * classes**2
    counts = np.bincount(cells.ravel(), minlength=epochs * classes**2)
    return counts.astype(np.int64).reshape(epochs, classes, classes)


def confused_pairs(counts: Integers, epochs: Sequence[int], most: int) -> list[ConfusedPair]:
    """Return the pairs most often confused after the last of these `epochs`, the worst first.

    `counts` are their `confusions`. A pair counts as confused since the first epoch from which on
    it was so at least half as often as now, in every epoch.
    """
    last = counts[-1].copy()
    np.fill_diagonal(last, 0)
    worst = np.argsort(-last, axis=None, kind="stable")[:most]
    truths, said = np.unravel_index(worst[last.ravel()[worst] > 0], last.shape)
    over_time = counts[:, truths, said]
    since = unbroken_since(epochs, 2 * over_time >= over_time[-1:])
    rows = zip(truths, said, over_time[-1], since, strict=True)
    return [ConfusedPair(*map(int, row)) for row in rows]


def class_scores(counts: Integers) -> ClassScores:
    """Return the scores of each class, from one confusion matrix `[classes, classes]`."""
    right, support, taken = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)
    return ClassScores(
        precision=shares(right, taken),
        recall=shares(right, support),
        f1=shares(2 * right, support + taken),
        support=support,
    )


def shares(part: NDArray[Any], whole: NDArray[Any]) -> Shares:
    """Return part / whole, NaN where the whole is nothing."""
    empty = np.full(np.broadcast(part, whole).shape, np.nan)
    divided: Shares = np.divide(part, whole, out=empty, where=np.asarray(whole) > 0)
    return divided
