"""Linear regression in the lab: by hand and with built-ins the same steps, to the last digits."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from playground.engine.data import drain
from playground.engine.lab import investigate
from playground.engine.lab.linear_regression import INPUTS, TARGETS, by_hand, first_weights
from playground.engine.shelf import DataShelf
from playground.errors import InvalidExperiment


def found(**inputs: Any) -> dict[str, Any]:
    return drain(investigate("linear_regression", inputs, DataShelf()))


@pytest.mark.parametrize("rate", [1e-7, 1e-5, 2e-5])
def test_both_curves_are_equal_to_a_millionth(rate: float) -> None:
    findings = found(steps=300, learning_rate=rate)
    assert len(findings["by_hand"]) == len(findings["built_in"]) == 300
    assert findings["by_hand"] == pytest.approx(findings["built_in"], rel=0, abs=1e-6)


def test_the_loss_falls_at_every_step_with_the_learning_rate_of_the_lesson() -> None:
    losses = found(steps=200)["by_hand"]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 10


def test_many_steps_lead_to_the_best_line_there_is() -> None:
    columns = torch.cat([INPUTS, torch.ones(5, 1, dtype=INPUTS.dtype)], dim=1)
    best = columns @ torch.linalg.lstsq(columns, TARGETS).solution
    least = ((best - TARGETS) ** 2).mean().item()
    last = by_hand(*first_weights(), learning_rate=5e-5, steps=2000)[-1]
    assert least <= last < least + 10


def test_a_learning_rate_that_is_too_large_makes_the_loss_grow() -> None:
    losses = found(steps=20, learning_rate=1e-3)["by_hand"]
    assert losses[-1] > 1000 * losses[0]


def test_the_parts_of_a_step_come_one_by_one() -> None:
    parts = [found(phase=phase) for phase in range(5)]
    assert [part["predictions"] is not None for part in parts] == [False] + [True] * 4
    assert [part["loss"] is not None for part in parts] == [False, False, True, True, True]
    assert [part["w_grad"] is not None for part in parts] == [False] * 3 + [True] * 2
    assert parts[3]["w"] == parts[0]["w"] != parts[4]["w"]


def test_the_gradient_is_the_one_on_paper() -> None:
    w, b = (weights.detach() for weights in first_weights())
    findings = found(phase=3)
    errors = INPUTS @ w.t() + b - TARGETS
    on_paper = 2 * errors.t() @ INPUTS / errors.numel()
    torch.testing.assert_close(torch.tensor(findings["w_grad"], dtype=w.dtype), on_paper)


def test_a_step_part_by_part_ends_where_a_whole_step_does() -> None:
    by_parts, whole = found(steps=4, phase=4), found(steps=5)
    assert by_parts["w"] == whole["w"]
    assert by_parts["b"] == whole["b"]
    assert by_parts["loss"] == whole["by_hand"][-1]
    assert whole["w_grad"] is None


def test_the_first_region_is_that_of_the_lesson() -> None:
    findings = found()
    assert findings["inputs"][0] == [73, 67, 43]
    assert findings["targets"][-1] == [103, 119]
    assert len(findings["regions"]) == len(findings["inputs"]) == len(findings["targets"]) == 5


def test_long_work_lets_others_have_their_turn() -> None:
    records = list(investigate("linear_regression", {"steps": 250}, DataShelf()))
    assert [record.fraction for record in records] == [0.4, 0.8, 1.0]


def test_the_code_shown_has_what_each_way_uses() -> None:
    findings = found()
    assert "inputs @ w.t() + b" in findings["code"]
    for name in ("nn.Linear", "F.mse_loss", "optim.SGD", "TensorDataset", "DataLoader"):
        assert name in findings["built_in_code"]


@pytest.mark.parametrize("inputs", [{"steps": 1001}, {"phase": 5}, {"learning_rate": 0}])
def test_what_is_out_of_range_is_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidExperiment, match="it must be"):
        found(**inputs)
