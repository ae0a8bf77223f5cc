"""Advice on a learning rate: from sweeps whose shape is known."""

from __future__ import annotations

from itertools import pairwise

import pytest

from playground.analysis.learning_rate import Advice, advise, longest_descent
from playground.run.rate_test import RATES, RateSweep, RateTest


def sweep_of(smoothed: list[float], seed: int = 0) -> RateSweep:
    """Return the sweep whose smoothed loss is this: the average is undone step by step."""
    losses, average, remembered = [], 0.0, 0.0
    for value in smoothed:
        before, remembered = 0.9 * average, 0.9 * remembered + 0.1
        losses.append((value * remembered - before) / 0.1)
        average = value * remembered
    return RateSweep(seed, tuple(losses))


def line(*ends: tuple[int, float]) -> list[float]:
    """Return a broken line through these places."""
    values = []
    for (start, high), (end, low) in pairwise(ends):
        values += [high + (low - high) * step / (end - start) for step in range(end - start)]
    return [*values, ends[-1][1]]


VALLEY = line((0, 2.3), (20, 2.301), (59, 0.3), (80, 3.0))


def advice_of(*shapes: list[float]) -> Advice:
    return advise(RateTest(tuple(sweep_of(shape, seed) for seed, shape in enumerate(shapes))))


def test_a_sweep_is_smoothed_as_it_was_made() -> None:
    assert sweep_of(VALLEY).smoothed == pytest.approx(VALLEY)


def test_the_descent_is_found_from_end_to_end_with_room_to_its_end() -> None:
    found = longest_descent(sweep_of(VALLEY))
    assert found is not None
    assert (found.first, found.last) == (20, 59)
    assert found.fall == pytest.approx(2.001 / 2.301)
    assert found.rate == RATES[42]  # the first with 55 % of the fall
    assert found.rate < 0.3 * RATES[59]
    steep = longest_descent(sweep_of(line((0, 2.3), (50, 2.2), (60, 0.3), (80, 3.0))))
    assert steep is not None
    assert steep.rate == 0.3 * RATES[60]


def test_a_descent_ends_where_it_is_broken_and_the_longest_is_taken_not_the_deepest() -> None:
    broken = line((0, 2.3), (10, 2.31), (40, 1.9), (41, 1.95), (50, 0.5), (70, 3.0))
    found = longest_descent(sweep_of(broken))
    assert found is not None
    assert (found.first, found.last) == (10, 40)


def test_what_falls_back_after_a_rise_is_no_descent() -> None:
    back = line((0, 2.3), (1, 2.2), (20, 2.21), (40, 6.0), (90, 2.3))
    found = longest_descent(sweep_of(back))
    assert found is not None
    assert (found.first, found.last) == (0, 1)
    assert longest_descent(sweep_of(line((0, 2.3), (50, 2.4)))) is None


def test_the_median_of_the_seeds_is_suggested_to_two_digits_with_its_range() -> None:
    shapes = [line((0, 2.3), (20, 2.301), (end, 0.3), (80, 3.0)) for end in (58, 59, 66)]
    advice = advice_of(*shapes)
    assert advice.rate == float(f"{RATES[42]:.2g}")
    assert (advice.low, advice.high) == (RATES[41], RATES[46])
    assert "the loss falls without a break, by 87 %" in advice.reason
    assert advice.reason.endswith("the seeds point to 0.00079 to 0.0018.")


def test_no_rate_is_suggested_below_those_that_a_run_may_have() -> None:
    assert advice_of(*[line((0, 2.3), (12, 0.3), (40, 3.0))] * 3).rate == 1e-5


@pytest.mark.parametrize("shape", [line((0, 2.3), (99, 2.29)), line((0, 2.3), (50, 2.4))])
def test_a_network_that_learns_at_no_rate_has_no_clear_valley(shape: list[float]) -> None:
    advice = advice_of(VALLEY, shape, shape)
    assert (advice.rate, advice.low, advice.high) == (None, None, None)
    assert "by less than 1 % in the middle of the seeds, where 6 % would tell" in advice.reason


def test_one_seed_of_three_may_see_nothing() -> None:
    assert advice_of(VALLEY, VALLEY, line((0, 2.3), (99, 2.29))).rate is not None


def test_seeds_that_lie_far_apart_suggest_nothing() -> None:
    far = line((0, 2.3), (1, 2.301), (30, 0.3), (80, 3.0))
    advice = advice_of(VALLEY, VALLEY, far)
    assert advice.rate is None
    assert advice.reason.startswith("The seeds do not agree")


def test_a_sweep_that_ended_at_once_suggests_nothing() -> None:
    assert advice_of([], [2.3], [2.3, 9.9]).rate is None
