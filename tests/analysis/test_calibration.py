"""Calibration, on networks whose true calibration is known because they are made so."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from playground.analysis.calibration import (
    coverage,
    cross_scaled,
    reliability,
    scaled,
    temperature,
)


def answers(seed: int, images: int, boast: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return confidences, and answers that are right so much more rarely than they promise."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1.0, images)
    return confidence, rng.random(images) < confidence - boast


def made(seed: int, images: int, heat: float) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of three classes and labels drawn from them, scaled by 1 / `heat`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (images, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (rng.random(images)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return scaled(true, 1 / heat), labels


def test_bins_hold_equal_numbers_and_agree_with_scikit_learn() -> None:
    confidence, right = answers(1, 3000)
    found = reliability(confidence, right)
    assert found.images.tolist() == [200] * 15
    shares, means = calibration_curve(right, confidence, n_bins=15, strategy="quantile")
    assert np.allclose(found.right / 200, shares, atol=0.006)
    assert np.allclose(found.confidence, means, atol=0.002)


def test_with_few_images_even_a_perfect_network_looks_bad_and_the_debiased_error_does_not() -> None:
    errors = [reliability(*answers(seed, 200)).error for seed in range(60)]
    assert np.mean([error.seen for error in errors]) > 0.07
    by_chance = np.mean([error.by_chance**2 for error in errors])
    assert by_chance == pytest.approx(np.mean([error.seen**2 for error in errors]), rel=0.1)
    assert np.median([error.debiased for error in errors]) < 0.03
    assert np.mean([error.interval[0] == 0 for error in errors]) > 0.9


@pytest.mark.parametrize(("images", "boast"), [(200, 0.0), (200, 0.2), (5000, 0.05)])
def test_the_interval_holds_the_true_error_about_as_often_as_it_says(
    images: int, boast: float
) -> None:
    inside = 0
    for seed in range(200):
        low, high = reliability(*answers(seed, images, boast)).error.interval
        inside += low <= boast <= high
    assert inside / 200 >= 0.9


def test_where_all_are_right_and_sure_there_is_no_error_and_no_failure() -> None:
    found = reliability(np.ones(100), np.ones(100, bool))
    assert found.error.debiased == 0
    assert found.error.interval == (0, 0)
    assert found.right.tolist() == found.images.tolist()


def test_answering_only_the_sure_ones_is_counted_with_ties_together() -> None:
    confidence = np.array([0.9, 0.5, 0.9, 0.7])
    share, accuracy = coverage(confidence, np.array([True, False, False, True]))
    assert share.tolist() == [0.5, 0.75, 1.0]
    assert accuracy.tolist() == [0.5, 2 / 3, 0.5]


@pytest.mark.parametrize("heat", [0.4, 1.0, 2.5])
def test_the_temperature_undoes_what_was_done_and_no_other_suits_better(heat: float) -> None:
    probabilities, labels = made(7, 4000, heat)
    found = temperature(probabilities, labels)
    assert found == pytest.approx(heat, rel=0.1)
    half, true = probabilities[::2], labels[::2]  # what it was fitted on
    best = log_loss(true, scaled(half, found))
    assert all(best <= log_loss(true, scaled(half, found * by)) for by in (0.97, 1.03))


def test_a_temperature_is_judged_by_images_that_it_was_not_fitted_to() -> None:
    probabilities, labels = made(3, 2000, 2.5)
    after, (even, odd) = cross_scaled(probabilities, labels)
    assert even == temperature(probabilities[::2], labels[::2]) != odd
    assert np.allclose(after[::2], scaled(probabilities[::2], odd))
    assert log_loss(labels, after) < log_loss(labels, probabilities) - 0.1


def test_answers_stored_as_none_and_all_have_a_temperature_within_bounds() -> None:
    sure = np.eye(2)[[0, 1, 0, 1]]
    assert 0.05 <= temperature(sure, np.array([0, 1, 0, 1])) < 0.5
    assert temperature(sure, np.array([1, 0, 1, 0])) == pytest.approx(20, rel=0.01)
