"""Label errors: which labels to doubt, by confident learning (Northcutt and others, 2021)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.analysis.stored_answers import Integers

_SLACK = 1e-6  # a probability that equals its threshold but for rounding reaches it


def suspects(labels: Integers, probabilities: NDArray[Any]) -> Integers:
    """Return the positions of images whose label is to be doubted, the most doubtful first.

    `probabilities` `[N, classes]` come from a network that has not trained on these images: one
    that has says what it was told. A network is confident of a class where it gives it as much as
    it gives it on average to the images labelled so; an image is suspect where it is confident of
    another class than the label, and that class is the likelier one. In order of how much more the
    likeliest other class got than the label (the normalized margin).
    """
    shares = np.asarray(probabilities, dtype=np.float64)
    images, classes = shares.shape
    everywhere = np.arange(images)
    given = shares[everywhere, labels]
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=given, minlength=classes)
    thresholds = np.divide(sums, counts, out=np.full(classes, np.inf), where=counts > 0)
    confident = np.where(shares >= thresholds - _SLACK, shares, -1.0)
    guess = confident.argmax(axis=1)
    others = shares.copy()
    others[everywhere, labels] = -1.0
    margin = given - others.max(axis=1)
    is_suspect = (confident.max(axis=1) >= 0) & (guess != labels) & (margin < 0)
    found = np.flatnonzero(is_suspect)
    return found[np.argsort(margin[found], kind="stable")]
