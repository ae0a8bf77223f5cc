"""Estimates: intervals and exact tests, so that what is said of runs says how sure it is.

Counts in, plain numbers out. Shares are from 0 to 1; an interval is (low, high); `level` is the
share of such intervals that hold the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from scipy.special import bdtr, betaincinv, ndtri, stdtr, stdtrit

LEVEL = 0.95
"""Of 100 intervals about 95 hold the truth, and of 100 claims without any about 5 are wrong."""

FEWEST_PAIRS = 3
"""Differences that an interval of their mean takes: from two it is too wide to say anything."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean of `count` paired differences, its standard error, and its t interval."""

    mean: float
    standard_error: float
    interval: Interval
    count: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return leaves_out_zero(self.interval)


def leaves_out_zero(interval: Interval) -> bool:
    """Return whether a difference with this interval is more than chance."""
    low, high = interval
    return low > 0 or high < 0


def wilson(right: int, images: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval for the share that `right` of `images` stands for.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927. With no
    images nothing is known: (0, 1).
    """
    if images <= 0:
        return 0.0, 1.0
    z2 = float(ndtri((1 + level) / 2)) ** 2
    middle = (right + z2 / 2) / (images + z2)
    half = sqrt(z2 * (right * (images - right) / images + z2 / 4)) / (images + z2)
    # Rounding must not push the end off what was seen: none right, or all of them.
    low, high = middle - half, middle + half
    return (0.0 if right == 0 else low), (1.0 if right == images else high)


def clopper_pearson(right: int, images: int, level: float = LEVEL) -> Interval:
    """Return the exact interval for a share, never too narrow: for levels near 1 and odd shares.

    Clopper and Pearson, "The use of confidence or fiducial limits", 1934.
    """
    tail = (1 - level) / 2
    low = float(betaincinv(right, images - right + 1, tail)) if right else 0.0
    high = float(betaincinv(right + 1, images - right, 1 - tail)) if right < images else 1.0
    return low, high


def difference_of_shares(
    before: tuple[int, int], after: tuple[int, int], level: float = LEVEL
) -> Interval:
    """Return an interval for how much larger `after` is, each (right, images), other images each.

    Method 10 of Newcombe, "Interval estimation for the difference between independent
    proportions", 1998: the errors of both shares, by Wilson's intervals.
    """
    share_before, share_after = (right / images for right, images in (before, after))
    low_before, high_before = wilson(*before, level)
    low_after, high_after = wilson(*after, level)
    difference = share_after - share_before
    down = sqrt((share_after - low_after) ** 2 + (high_before - share_before) ** 2)
    up = sqrt((high_after - share_after) ** 2 + (share_before - low_before) ** 2)
    return difference - down, difference + up


def mcnemar(first_alone: int, second_alone: int) -> float:
    """Return the p-value of McNemar's exact test, two-sided.

    Of the images that one of two networks has right and the other wrong, `first_alone` are the
    first one's. McNemar 1947; exact by the binomial distribution, 1 where they never differ.
    """
    fewer, both = min(first_alone, second_alone), first_alone + second_alone
    return min(1.0, 2 * float(bdtr(fewer, both, 0.5))) if both else 1.0


def paired_difference(
    differences: Sequence[float], level: float = LEVEL
) -> PairedDifference | None:
    """Return the mean of paired differences with Student's t interval; None below three pairs."""
    count = len(differences)
    if count < FEWEST_PAIRS:
        return None
    mean, error = fmean(differences), stdev(differences) / sqrt(count)
    half = float(stdtrit(count - 1, (1 + level) / 2)) * error
    return PairedDifference(mean, error, (mean - half, mean + half), count)


def paired_p(difference: PairedDifference) -> float:
    """Return the p-value of the paired t test, two-sided; of equal differences 0, or 1 at zero."""
    if not difference.standard_error:
        return 0.0 if difference.mean else 1.0
    t = abs(difference.mean) / difference.standard_error
    return 2 * float(stdtr(difference.count - 1, -t))
