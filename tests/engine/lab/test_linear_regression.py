"""Linear regression in the lab: by hand and with built-ins the same steps, to the last digits."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as some
import pytest
import torch
from asking import SHELF, ask
from hypothesis import given, settings

from playground.engine.lab.linear_regression import (
    by_hand,
    first_weights,
    investigate,
    regions,
)
from playground.lab.inputs import Number
from playground.lab.linear_regression import (
    FEATURES,
    FIRST_WEIGHT,
    REGIONS,
    YIELDS,
    RegressionFindings,
    RegressionQuestion,
)

START = RegressionQuestion()
INPUTS, TARGETS = regions(START.regions)


def table_of(
    columns: tuple[Number[float], ...], rows: int
) -> some.SearchStrategy[list[list[float]]]:
    """Return tables of numbers as people type them, in range."""
    row = some.tuples(
        *(
            some.integers(int(10 * column.least), int(10 * column.most)).map(lambda n: n / 10)
            for column in columns
        )
    )
    return some.lists(row.map(list), min_size=rows, max_size=rows)


def found(**inputs: Any) -> RegressionFindings:
    return ask(RegressionQuestion(**inputs))


@pytest.mark.parametrize("rate", [1e-7, 1e-5, 2e-5])
def test_both_curves_are_equal_to_a_millionth(rate: float) -> None:
    findings = found(steps=300, learning_rate=rate)
    assert len(findings.by_hand) == len(findings.built_in) == 300
    assert findings.by_hand == pytest.approx(findings.built_in, rel=0, abs=1e-6)


def test_the_loss_falls_at_every_step_with_the_learning_rate_of_the_lesson() -> None:
    losses = list(found(steps=200).by_hand)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 10


def test_many_steps_lead_to_the_best_line_there_is() -> None:
    columns = torch.cat([INPUTS, torch.ones(5, 1, dtype=INPUTS.dtype)], dim=1)
    best = columns @ torch.linalg.lstsq(columns, TARGETS).solution
    least = ((best - TARGETS) ** 2).mean().item()
    last = by_hand(INPUTS, TARGETS, *first_weights(START.weights), learning_rate=5e-5, steps=2000)[
        -1
    ]
    assert least <= last < least + 10


def test_a_learning_rate_that_is_too_large_makes_the_loss_grow() -> None:
    losses = found(steps=20, learning_rate=1e-3).by_hand
    assert losses[-1] > 1000 * losses[0]


def test_the_parts_of_a_step_come_one_by_one() -> None:
    parts = [found(phase=phase) for phase in range(5)]
    assert [part.predictions is not None for part in parts] == [False] + [True] * 4
    assert [part.loss is not None for part in parts] == [False, False, True, True, True]
    assert [part.w_grad is not None for part in parts] == [False] * 3 + [True] * 2
    assert parts[3].w == parts[0].w != parts[4].w


def test_the_gradient_is_the_one_on_paper() -> None:
    w, b = (weights.detach() for weights in first_weights(START.weights))
    findings = found(phase=3)
    errors = INPUTS @ w.t() + b - TARGETS
    on_paper = 2 * errors.t() @ INPUTS / errors.numel()
    torch.testing.assert_close(torch.tensor(findings.w_grad, dtype=w.dtype), on_paper)


def test_a_step_part_by_part_ends_where_a_whole_step_does() -> None:
    by_parts, whole = found(steps=4, phase=4), found(steps=5)
    assert by_parts.w == whole.w
    assert by_parts.b == whole.b
    assert by_parts.loss == whole.by_hand[-1]
    assert whole.w_grad is None


def test_the_first_region_is_that_of_the_lesson() -> None:
    findings = found()
    assert findings.inputs[0] == (73, 67, 43)
    assert findings.targets[-1] == (103, 119)
    assert len(findings.inputs) == len(findings.targets) == 5


def test_long_work_lets_others_have_their_turn() -> None:
    records = list(investigate(RegressionQuestion(steps=250), SHELF))
    assert [record.fraction for record in records] == [0.4, 0.8, 0.996, 1.0]


def test_the_code_shown_has_what_each_way_uses() -> None:
    findings = found()
    assert "inputs @ w.t() + b" in findings.code
    for name in ("nn.Linear", "F.mse_loss", "optim.SGD", "TensorDataset", "DataLoader"):
        assert name in findings.built_in_code


@settings(max_examples=25, deadline=None)
@given(
    regions=table_of((*FEATURES, *YIELDS), 5),
    weights=table_of(FIRST_WEIGHT, 2),
    rate=some.sampled_from([1e-6, 1e-5, 1e-3]),
)
def test_both_ways_agree_with_other_numbers_too(
    regions: list[list[float]], weights: list[list[float]], rate: float
) -> None:
    findings = found(regions=regions, weights=weights, learning_rate=rate, steps=40)
    pairs = zip(findings.by_hand, findings.built_in, strict=True)
    assert all(one == pytest.approx(other, rel=1e-6, abs=1e-6) for one, other in pairs)


def test_edited_numbers_are_those_that_are_learned_from() -> None:
    rows = [list(row) for row in REGIONS.values()]
    rows[1] = [90.0, 80.0, 60.0, 70.0, 100.5]
    findings = found(regions=rows, weights=[[0.0] * 4, [0.0] * 3 + [2.0]], phase=1)
    assert findings.inputs[1] == (90, 80, 60)
    assert findings.targets[1] == (70, 100.5)
    assert findings.predictions == ((0.0, 2.0),) * 5


def test_a_step_that_has_ended_leaves_its_predictions() -> None:
    assert found(steps=3).predictions == found(steps=2, phase=1).predictions
    assert found(steps=1).predictions == found(phase=1).predictions
    assert found(steps=3).predictions != found(steps=3, phase=1).predictions
