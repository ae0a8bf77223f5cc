"""How sure a network is of wrong inputs, and how alike two pictures are: by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, spearmanr

from playground.analysis.likeness import likeness
from playground.analysis.wrong_inputs import Sureness, sureness, surer
from playground.run.network_looks import Packed, SaidOfKind

PICTURES = Packed((0, 1, 1, 1), "")
OWN = SaidOfKind((0, 1, 2, 2), (0.9, 0.8, 0.7, 0.6), (0, 1, 2, 0), PICTURES)
NOISE = SaidOfKind((1, 1, 0), (0.95, 0.65, 0.3), (), PICTURES)


def test_sureness_of_own_images_and_of_others() -> None:
    own = sureness(OWN, OWN, 0.7)
    assert own == Sureness(4, pytest.approx(0.75), 3, 2, 0.5, None, 3)
    noise = sureness(NOISE, OWN, 0.65)
    assert noise == Sureness(
        3, pytest.approx(1.9 / 3), 2, 1, pytest.approx(2 / 3), pytest.approx(7 / 12), None
    )


def test_how_often_it_is_surer_is_the_statistic_of_mann_and_whitney() -> None:
    numbers = np.random.default_rng(0)
    one, other = numbers.random(40).round(1).tolist(), numbers.random(30).round(1).tolist()
    assert surer(one, other) == pytest.approx(mannwhitneyu(one, other).statistic / 1200)
    assert surer([0.5], [0.5]) == 0.5


def test_likeness_is_spearmans_correlation() -> None:
    one, other = np.random.default_rng(1).random((2, 6, 5)).round(1)
    expected = spearmanr(one.ravel(), other.ravel()).statistic
    assert likeness(one, other) == pytest.approx(expected)
    assert likeness(one, 3 * one + 1) == pytest.approx(1)
    assert likeness(one, np.zeros((6, 5))) is None
