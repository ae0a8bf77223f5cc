from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.run.downsampling import LIMIT, BatchPoint, LossHistory

losses = st.lists(st.floats(0, 1e308), min_size=1, max_size=120)


def filled(values: list[float], limit: int = LIMIT) -> LossHistory:
    history = LossHistory(limit)
    for batch, loss in enumerate(values, start=1):
        history.add(batch / 10, loss)
    return history


@settings(max_examples=60, deadline=None)
@given(losses, st.integers(2, 9))
def test_points_are_few_in_order_and_hold_exactly_the_batches_they_span(
    values: list[float], limit: int
) -> None:
    points = filled(values, limit).points()
    assert len(points) <= limit
    assert all(left.position < right.position for left, right in pairwise(points))
    assert points[-1].position == len(values) / 10
    start = 0
    for point in points:
        span = values[start : start + point.count]
        assert (point.low, point.high) == (min(span), max(span))
        assert point.mean == pytest.approx(math.fsum(v / len(span) for v in span))
        assert point.low <= point.mean <= point.high
        start += point.count
    assert start == len(values)
    mean = math.fsum(point.mean * (point.count / len(values)) for point in points)
    assert mean == pytest.approx(math.fsum(value / len(values) for value in values))


def test_short_runs_keep_every_batch_as_it_is() -> None:
    points = filled([2.0, 1.0, 1.5]).points()
    assert points == tuple(
        BatchPoint(position, loss, loss, loss)
        for position, loss in [(0.1, 2.0), (0.2, 1.0), (0.3, 1.5)]
    )


def test_the_point_after_the_limit_merges_neighbours_and_doubles_the_width() -> None:
    history = filled([4.0, 2.0, 1.0, 3.0, 5.0], limit=4)
    assert history.points() == (
        BatchPoint(0.2, 3.0, 2.0, 4.0, 2),
        BatchPoint(0.4, 2.0, 1.0, 3.0, 2),
        BatchPoint(0.5, 5.0, 5.0, 5.0, 1),
    )
    history.add(0.6, 7.0)
    assert history.points()[-1] == BatchPoint(0.6, 6.0, 5.0, 7.0, 2)


def test_a_long_run_stays_within_the_limit_with_equal_counts() -> None:
    points = filled([1.0] * 30_000).points()
    assert LIMIT / 2 <= len(points) <= LIMIT
    assert len({point.count for point in points[:-1]}) == 1


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_leaves_the_points_unchanged(loss: float) -> None:
    history = filled([1.0, 2.0])
    history.add(0.3, loss)
    assert history.points() == filled([1.0, 2.0]).points()


def test_batches_repeated_after_a_restart_count_once() -> None:
    values = [3.0, 2.0, 1.0, 0.5]
    history = filled(values)
    for batch in (2, 3, 4):
        history.add(batch / 10, values[batch - 1])
    history.add(0.5, 0.25)
    assert history.points() == filled([*values, 0.25]).points()


def test_published_points_do_not_change_when_more_batches_come() -> None:
    history = filled([1.0, 2.0])
    before = history.points()
    history.add(0.9, 9.0)
    assert len(before) == 2
    assert len(history.points()) == 3


def test_a_history_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match="limit 1"):
        LossHistory(1)
