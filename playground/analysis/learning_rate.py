"""Advice on a learning rate from a range test: where the loss falls, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from playground.analysis.wording import number_text
from playground.experiment.fields import limits
from playground.run.rate_test import RATES, STEPS, RateSweep, RateTest

# Tuned on half of the cases of `tests/data/rate_truth.csv`, judged on the other half. Where the
# descent ends training is about to fail: without room to there a small network lost 8 points.
_DOWN = 0.55
_ROOM = 0.3
_LEAST_FALL = 0.06
_MOST_APART = 10.0


@dataclass(frozen=True, slots=True)
class Descent:
    """The longest stretch of rates over which a smoothed loss falls without a break to a new low.

    `first` and `last` are its ends as places in `RATES`, `fall` the share of the loss at `first`
    that is gone at `last`. The suggested `rate` is where about half of the fall is done, or lower,
    so that there is room up to `last`.
    """

    first: int
    last: int
    fall: float
    rate: float


@dataclass(frozen=True, slots=True)
class Advice:
    """The suggested learning rate, to two digits, and its range over the seeds.

    `rate` is None where there is no clear valley. `reason` says why, in sentences.
    """

    rate: float | None
    low: float | None
    high: float | None
    reason: str


def longest_descent(sweep: RateSweep) -> Descent | None:
    """Return the longest contiguous descent of a sweep, the deepest of several; None without one.

    The rates grow by the same factor from step to step, so the longest in steps is the longest by
    the logarithm of the rate. What falls back after a rise, and no lower than before, teaches
    nothing.
    """
    smoothed = sweep.smoothed
    falls = [later < earlier for earlier, later in pairwise(smoothed)]
    stretches, first = [], 0
    for place, falling in enumerate([*falls, False]):
        if not falling:
            if place > first and smoothed[place] <= min(smoothed[:place]):
                stretches.append((first, place))
            first = place + 1
    if not stretches:
        return None
    first, last = max(
        stretches, key=lambda ends: (ends[1] - ends[0], smoothed[ends[0]] - smoothed[ends[1]])
    )
    top, bottom = smoothed[first], smoothed[last]
    enough = top - _DOWN * (top - bottom)
    place = next(place for place in range(first, last + 1) if smoothed[place] <= enough)
    rate = min(RATES[place], _ROOM * RATES[last])
    return Descent(first, last, (top - bottom) / top, rate)


def advise(test: RateTest) -> Advice:
    """Return the median of what the seeds suggest, or why they suggest nothing."""
    found = [longest_descent(sweep) for sweep in test.sweeps]
    clear = [each for each in found if each and each.fall >= _LEAST_FALL]
    if 2 * len(clear) <= len(found):
        return Advice(None, None, None, _flat(median(each.fall if each else 0.0 for each in found)))
    rates = [each.rate for each in clear]
    low, high = min(rates), max(rates)
    if high > _MOST_APART * low:
        return Advice(
            None,
            low,
            high,
            f"The seeds do not agree: they point to rates from {rate_text(low)} to "
            f"{rate_text(high)}.",
        )
    first, last = (median(RATES[getattr(each, end)] for each in clear) for end in ("first", "last"))
    fall = median(each.fall for each in clear)
    return Advice(
        max(rounded(median(rates)), limits("optimizer.learning_rate").minimum or 0.0),
        low,
        high,
        f"From {rate_text(first)} to {rate_text(last)} the loss falls without a break, by "
        f"{100 * fall:.0f} %. At this rate about half of that is done, with room to where it ends; "
        f"the seeds point to {rate_text(low)} to {rate_text(high)}.",
    )


def rounded(rate: float) -> float:
    """Return a rate to two digits."""
    return float(f"{rate:.2g}")


def rate_text(rate: float) -> str:
    """Return a rate in two digits, such as "0.012"."""
    return number_text(rounded(rate))


def _flat(fall: float) -> str:
    share = f"by {100 * fall:.0f} %" if fall >= 0.01 else "by less than 1 %"
    return (
        f"At no rate does the loss fall far without a break: {share} in the middle of the seeds, "
        f"where {100 * _LEAST_FALL:.0f} % would tell. Either the network hardly learns, or "
        f"{STEPS} steps are too few to see it."
    )
