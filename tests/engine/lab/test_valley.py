"""Optimizers in a valley: each walks as its formula says."""

from __future__ import annotations

import math
from typing import Any

import pytest
from asking import ask

from playground.lab.valley import VALLEYS, Valley, ValleyFindings, ValleyQuestion, Walk


def found(**inputs: Any) -> ValleyFindings:
    return ask(ValleyQuestion(**inputs))


def loss(valley: Valley, x: float, y: float) -> float:
    return valley.along * (x - valley.bottom) ** 2 + valley.across * (y - valley.bend * x**2) ** 2


@pytest.mark.parametrize("name", VALLEYS)
def test_all_start_at_one_place_and_the_losses_are_those_of_the_places(name: str) -> None:
    walks = found(valley=name, steps=40).walks
    assert list(walks) == ["SGD", "momentum", "Adam"]
    for walk in walks.values():
        assert walk.path[0] == VALLEYS[name].start
        assert len(walk.path) == len(walk.losses) == 41
        assert walk.losses == pytest.approx([loss(VALLEYS[name], *place) for place in walk.path])
        assert walk.losses[-1] < walk.losses[0]


def test_sgd_shrinks_each_weight_by_its_own_curvature() -> None:
    walk = found(valley="narrow", learning_rate=0.5, steps=10).walks["SGD"]
    # The slopes are 0.1 x and 2 y: each step keeps 1 − 0.5 · 0.1 of x, and nothing of y.
    assert [x for x, _ in walk.path] == pytest.approx([-9 * 0.95**step for step in range(11)])
    assert [y for _, y in walk.path] == pytest.approx([2.5, *[0.0] * 10])


def test_above_two_over_the_largest_curvature_sgd_flies_out() -> None:
    below, above = (
        found(learning_rate=rate, steps=300).walks["SGD"].losses[-1] for rate in (0.9, 1.1)
    )
    assert below < 1e-10
    assert above > 1e6


def test_without_momentum_both_sgds_are_one_and_with_it_a_step_keeps_its_share() -> None:
    walks = found(momentum=0.0, steps=20).walks
    assert walks["momentum"] == walks["SGD"]
    path = found(momentum=0.5, learning_rate=0.1, steps=2).walks["momentum"].path
    first = -9 + 0.1 * 0.9
    assert path[2][0] == pytest.approx(first + 0.5 * (0.1 * 0.9) - 0.1 * 0.1 * first)


def test_adams_first_step_is_as_long_as_its_rate_in_each_weight() -> None:
    start, first = found(adam_rate=0.3, steps=1).walks["Adam"].path
    assert [abs(one - other) for one, other in zip(start, first, strict=True)] == pytest.approx(
        [0.3, 0.3], rel=1e-6
    )


def test_a_walk_without_end_comes_back_as_it_is() -> None:
    walk: Walk = found(valley="bent", learning_rate=2.0, steps=300).walks["SGD"]
    assert not math.isfinite(walk.losses[-1])
    assert len(walk.path) == 301


def test_the_code_shown_is_what_ran() -> None:
    for line in ("SGD([weights], lr=rate, momentum=momentum)", "Adam(", ".backward()"):
        assert line in found().code
