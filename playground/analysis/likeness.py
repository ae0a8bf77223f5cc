"""Likeness: how alike two pictures of evidence are, by the order of their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def likeness(one: NDArray[Any], other: NDArray[Any]) -> float | None:
    """Return Spearman's rank correlation of two pictures; None where one is of one colour.

    1 is the same order of pixels, 0 none in common.
    """
    ranks = [rankdata(picture.ravel()) for picture in (one, other)]
    if any(np.ptp(each) == 0 for each in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])
