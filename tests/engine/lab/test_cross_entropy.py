"""Softmax and cross-entropy in the lab, against the formulas and against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import pytest
from asking import ask

from playground.lab.cross_entropy import CrossEntropyFindings, CrossEntropyQuestion


def found(**inputs: Any) -> CrossEntropyFindings:
    return ask(CrossEntropyQuestion(**inputs))


def test_equal_logits_share_the_probability_and_cost_the_logarithm_of_the_classes() -> None:
    findings = found(logits=[1.5] * 4)
    assert findings.probabilities == pytest.approx([0.25] * 4)
    assert findings.loss == pytest.approx(math.log(4))


def test_twice_the_power_is_twice_the_probability() -> None:
    probabilities = found(logits=[math.log(2), 0.0, 0.0, 0.0]).probabilities
    assert probabilities == pytest.approx([0.4, 0.2, 0.2, 0.2])


def test_raising_all_logits_changes_nothing() -> None:
    low, high = found(logits=[0.0, 1.0, 2.0, -1.0]), found(logits=[2.0, 3.0, 4.0, 1.0])
    assert low.probabilities == pytest.approx(high.probabilities)


@pytest.mark.parametrize("logits", [[2.0, 1.0, 0.0, -1.0], [-6.0, 6.0, 0.0, 6.0]])
def test_step_by_step_and_built_in_agree(logits: list[float]) -> None:
    findings = found(logits=logits)
    assert findings.loss == pytest.approx(findings.built_in)
    assert math.exp(-findings.loss) == pytest.approx(findings.probabilities[0])


def test_the_gradient_is_probability_minus_target() -> None:
    findings = found(truth="horse")
    assert findings.one_hot == (0, 0, 1, 0)
    expected = [
        share - target
        for share, target in zip(findings.probabilities, findings.one_hot, strict=True)
    ]
    assert findings.gradient == pytest.approx(expected)


def test_the_mean_loss_taken_back_is_the_geometric_mean_of_the_truths_probabilities() -> None:
    findings = found()
    shares = [image.true_probability for image in findings.batch]
    assert findings.mean_probability == pytest.approx(math.prod(shares) ** (1 / 3))
    assert findings.accuracy == pytest.approx(sum(image.is_right for image in findings.batch) / 3)


def test_the_loss_answers_to_every_move_and_the_mistake_jumps_once() -> None:
    sweep = found(logits=[0.0, 1.0, 0.0, -1.0]).sweep
    assert list(sweep.loss) == sorted(sweep.loss, reverse=True)
    assert len(set(sweep.loss)) == len(sweep.loss)
    jumps = [
        place
        for place, before, after in zip(
            sweep.logit[1:], sweep.mistake, sweep.mistake[1:], strict=False
        )
        if before != after
    ]
    assert jumps == pytest.approx([1.1], abs=0.11)
