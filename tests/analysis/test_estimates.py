"""Intervals and tests: against published numbers, scipy's own, and by simulation."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from playground.analysis.estimates import (
    clopper_pearson,
    difference_of_shares,
    mcnemar,
    paired_difference,
    paired_p,
    wilson,
)

SHARES = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(SHARES, st.sampled_from([0.9, 0.95, 0.999]))
def test_wilson_is_that_of_scipy_and_holds_what_was_seen(
    counts: tuple[int, int], level: float
) -> None:
    low, high = wilson(*counts, level)
    theirs = stats.binomtest(*counts).proportion_ci(level, "wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


@given(SHARES, st.sampled_from([0.95, 0.9999]))
def test_clopper_pearson_is_that_of_scipy(counts: tuple[int, int], level: float) -> None:
    theirs = stats.binomtest(*counts).proportion_ci(level, "exact")
    assert clopper_pearson(*counts, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_is_known_without_images() -> None:
    assert wilson(0, 0) == (0, 1)


# The examples of Newcombe's paper: 56 of 70 against 48 of 80, 9 of 10 against 3 of 10, ….
@pytest.mark.parametrize(
    ("after", "before", "interval"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ],
)
def test_a_difference_of_shares_is_as_published(
    after: tuple[int, int], before: tuple[int, int], interval: tuple[float, float]
) -> None:
    assert difference_of_shares(before, after) == pytest.approx(interval, abs=5e-5)
    turned = difference_of_shares(after, before)
    assert turned == pytest.approx((-interval[1], -interval[0]), abs=5e-5)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    theirs = stats.binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(theirs, abs=1e-12)
    assert mcnemar(first, second) == mcnemar(second, first)


@given(st.lists(st.floats(-1, 1, width=16), min_size=3, max_size=12))
def test_a_paired_difference_is_that_of_scipy(values: list[float]) -> None:
    found = paired_difference(values)
    assert found is not None
    if found.standard_error < 1e-9:  # equal but for rounding: scipy divides by zero
        return
    theirs = stats.ttest_1samp(values, 0)
    assert paired_p(found) == pytest.approx(theirs.pvalue, abs=1e-9)
    interval = theirs.confidence_interval()
    assert found.interval == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert found.is_clear == (paired_p(found) < 0.05)


def test_two_pairs_say_nothing_and_equal_ones_all() -> None:
    assert paired_difference([0.1, 0.2]) is None
    equal = paired_difference([0.25] * 3)
    assert equal
    assert equal.interval == (0.25, 0.25)
    assert equal.is_clear
    assert paired_p(equal) == 0
    none = paired_difference([0.0] * 3)
    assert none
    assert not none.is_clear
    assert paired_p(none) == 1
    assert inf not in none.interval


def test_the_false_alarms_of_each_are_as_many_as_they_say() -> None:
    draw = np.random.default_rng(0)
    tries = 4000
    # Two networks, equally good, that err partly on the same images.
    hard = draw.random((tries, 200)) < 0.1
    first, second = (hard & (draw.random((tries, 200)) < 0.5) for _ in range(2))
    alarms = [
        mcnemar(int(a), int(b)) < 0.05
        for a, b in zip((first & ~second).sum(1), (second & ~first).sum(1), strict=True)
    ]
    assert np.mean(alarms) <= 0.06
    # Means over seeds, no difference but noise.
    for seeds in (3, 5, 10):
        noise = draw.normal(0, 0.01, (tries, seeds))
        pairs = [paired_difference(row.tolist()) for row in noise]
        assert 0.04 <= np.mean([pair is not None and pair.is_clear for pair in pairs]) <= 0.06
    # Shares on other images each: how many intervals miss the truth, zero.
    one, other = draw.binomial(216, 0.95, tries), draw.binomial(360, 0.95, tries)
    intervals = [
        difference_of_shares((int(a), 216), (int(b), 360)) for a, b in zip(one, other, strict=True)
    ]
    assert np.mean([low > 0 or high < 0 for low, high in intervals]) <= 0.06


def test_a_real_gain_is_found_far_more_often_paired_than_not() -> None:
    draw = np.random.default_rng(1)
    # A gain of one point, seeds that move both by 2 and each by 0.5: pairing takes out the 2.
    common = draw.normal(0, 0.02, (2000, 5))
    before = common + draw.normal(0, 0.005, (2000, 5))
    after = common + 0.01 + draw.normal(0, 0.005, (2000, 5))
    pairs = [paired_difference(row.tolist()) for row in after - before]
    paired = np.mean([pair is not None and pair.is_clear for pair in pairs])
    apart = np.mean(stats.ttest_ind(after, before, axis=1, equal_var=False).pvalue < 0.05)
    assert paired > 0.6
    assert paired > 4 * apart
