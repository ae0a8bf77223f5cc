"""The piece on softmax and cross-entropy: sliders push logits, the numbers follow."""

from __future__ import annotations

import pytest
from app_page import AppPage
from lab_page import code_of, move

PIECE = "cross_entropy"


def test_the_loss_is_that_of_the_probabilities_shown(page: AppPage) -> None:
    bars = page.chart_rows(0)
    assert bars["probability"].sum() == pytest.approx(1)
    assert bars["name"][0] == "✓ Cat"
    assert page.metrics["Loss"] == "0.440"
    assert page.metrics["e^(−loss)"] == bars["text"][0] == "64.4 %"
    assert "F.cross_entropy" in code_of(page)


def test_equal_logits_share_the_probability(page: AppPage) -> None:
    move(page, PIECE, cat=0.0, dog=0.0, horse=0.0, ship=0.0)
    assert set(page.chart_rows(0)["text"]) == {"25.0 %"}
    assert page.metrics["Loss"] == "1.386"


def test_another_truth_moves_the_target_and_the_mark(page: AppPage) -> None:
    move(page, PIECE, truth="ship")
    bars = page.chart_rows(0)
    assert list(bars["target"]) == [0, 0, 0, 1]
    assert bars["name"][3] == "✓ Ship"
    assert "✗ Cat" in page.html


def test_the_dot_stands_where_the_slider_of_the_truth_does(page: AppPage) -> None:
    move(page, PIECE, cat=-3.0)
    lines = page.chart_rows(1)
    assert set(lines[lines["is_here"]]["logit"]) == {-3.0}
    mistakes = lines[lines["series"] == "mistake"]
    assert set(mistakes["value"]) == {0.0, 1.0}
