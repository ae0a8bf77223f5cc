"""Normalization in the lab: the lesson's numbers, and images there and back."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
import torch
from asking import ask

from playground.engine.lab.normalization import normalize, standardize, unnormalize
from playground.lab.normalization import NormalizationFindings, NormalizationQuestion


def found(**inputs: Any) -> NormalizationFindings:
    return ask(NormalizationQuestion(**inputs))


def test_a_hundred_steps_end_where_the_lesson_says() -> None:
    weights = found().raw.weights
    assert len(weights) == 101
    assert weights[0] == (0.1, 0.1, 0.1)
    assert weights[-1] == pytest.approx([0.11, 0.11, 2.65], abs=1e-9)


def test_each_weight_moves_in_proportion_to_its_input() -> None:
    weights = found(inputs=[2.0, 10.0, 100.0], updates=50).raw.weights
    moved = [last - first for first, last in zip(weights[0], weights[-1], strict=True)]
    assert [step / moved[0] for step in moved] == pytest.approx([1.0, 5.0, 50.0])


def test_normalized_inputs_move_all_weights_about_as_far() -> None:
    standard = found().standard
    assert standard.inputs == pytest.approx([-(0.5**0.5), -(0.5**0.5), 2**0.5])
    moved = [abs(weight - 0.1) for weight in standard.weights[-1]]
    assert max(moved) / min(moved) == pytest.approx(2.0)


def test_three_equal_inputs_have_no_spread_and_become_zero() -> None:
    standard = found(inputs=[7.0, 7.0, 7.0]).standard
    assert standard.inputs == (0.0, 0.0, 0.0)
    assert standard.weights[-1] == (0.1, 0.1, 0.1)


def test_standardized_numbers_have_mean_zero_and_deviation_one() -> None:
    numbers = standardize(torch.tensor([1.0, 2.0, 6.0]))
    assert numbers.mean().item() == pytest.approx(0, abs=1e-6)
    assert numbers.std(correction=0).item() == pytest.approx(1)


def test_a_mean_and_deviation_of_one_half_bring_pixels_to_minus_one_and_one() -> None:
    pixels = torch.tensor([0, 255], dtype=torch.uint8)
    assert normalize(pixels, 0.5, 0.5).tolist() == [-1.0, 1.0]


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.31, 0.38), (1.0, 0.05)])
def test_the_way_back_ends_at_the_pixels(mean: float, std: float) -> None:
    pixels = torch.arange(256, dtype=torch.uint8)
    back = unnormalize(normalize(pixels, mean, std), mean, std)
    assert torch.equal(back.round().to(torch.uint8), pixels)


def test_measured_mean_and_deviation_centre_the_images() -> None:
    mean, std = found().measured
    assert (mean, std) == (pytest.approx(0.3057, abs=5e-4), pytest.approx(0.3760, abs=5e-4))
    findings = found(mean=mean, std=std)
    assert findings.mean_after == pytest.approx(0, abs=0.05)
    assert findings.std_after == pytest.approx(1, abs=0.05)


def test_images_come_back_as_they_were() -> None:
    findings = found(mean=0.7, std=0.05)
    assert findings.before.shape == (8, 1, 8, 8)
    assert b64decode(findings.before.content) == b64decode(findings.back.content)
    assert findings.before.content != findings.normalized.content
    assert findings.worst < 0.01


def test_the_histogram_counts_every_value_once() -> None:
    for settings in ({"mean": 0.0, "std": 1.0}, {"mean": 1.0, "std": 0.05}):
        findings = found(**settings)
        for counted in (findings.histogram_before, findings.histogram_after):
            assert sum(counted.share) + counted.outside == pytest.approx(1)
    assert findings.histogram_after.outside > 0.5
