"""Which labels are doubted, and where images lie on the map; cleanlab as the trusted other."""

from __future__ import annotations

import numpy as np
import pytest
from cleanlab.filter import find_label_issues

from playground.analysis.cartography import cartography
from playground.analysis.label_errors import suspects
from playground.analysis.stored_answers import StoredAnswers


def noisy(seed: int, images: int = 600, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, a fifth of them wrong, and what a network may say of such images."""
    random = np.random.default_rng(seed)
    truth = random.integers(classes, size=images)
    logits = random.normal(size=(images, classes)) + 3.0 * np.eye(classes)[truth]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.where(random.random(images) < 0.2, (truth + 1) % classes, truth)
    return labels, shares


@pytest.mark.parametrize("seed", range(4))
def test_suspects_and_their_order_are_those_of_cleanlab(seed: int) -> None:
    labels, shares = noisy(seed)
    expected = find_label_issues(
        labels,
        shares,
        filter_by="confident_learning",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    assert suspects(labels, shares).tolist() == expected.tolist()
    assert len(expected) > 50


def test_a_class_without_an_image_and_a_sure_network_leave_nobody_suspect() -> None:
    labels = np.array([0, 1, 0, 1])
    assert suspects(labels, np.eye(3)[labels]).tolist() == []
    assert suspects(labels, np.eye(3)[[0, 2, 0, 1]]).tolist() == []
    assert suspects(labels, np.eye(3)[[0, 0, 0, 1]].astype(np.float16)).tolist() == [1]


def test_images_are_easy_ambiguous_or_hard_by_mean_and_spread() -> None:
    given = np.array([[0.9, 0.1, 0.0, 0.5], [1.0, 0.9, 0.2, 0.5]], np.float16)
    said = np.array([[0, 1, 1, 0], [0, 0, 1, 0]], np.int16)
    answers = StoredAnswers((1, 2), 2, np.zeros(4, np.int64), said, given, given)
    found = cartography(answers)
    assert found.regions.tolist() == ["easy", "ambiguous", "hard", "easy"]
    np.testing.assert_allclose(found.spread, [0.05, 0.4, 0.1, 0.0], atol=1e-3)
    np.testing.assert_allclose(found.right, [1.0, 0.5, 0.0, 1.0])
    assert found.of("easy").tolist() == [0, 3]
    assert found.of("hard").tolist() == [2]
