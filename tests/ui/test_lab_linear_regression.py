"""The piece on linear regression: five buttons make a step, both ways' curves are one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from app_page import AppPage
from lab_page import code_of, move, press, turn_to_lab

Open = Callable[..., AppPage]
PIECE = "linear_regression"
PARTS = ("predict", "loss", "gradient", "update", "zero")


def can_press(page: AppPage) -> list[str]:
    return [part for part in PARTS if page.can_press(f"lab-{PIECE}-{part}")]


def test_the_five_buttons_make_a_step_one_after_the_other(open_page: Open) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    assert page.html.count(">None<") == 8
    for part in PARTS:
        assert can_press(page) == [part]
        press(page, PIECE, part)
    assert can_press(page) == ["predict"]
    assert any("1 step done" in text for text in page.words)
    assert len(page.chart_rows(0)) == 2


def test_gradients_appear_after_the_third_button_alone(open_page: Open) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    for part, missing in zip(PARTS[:3], (8, 8, 0), strict=True):
        press(page, PIECE, part)
        assert page.html.count(">None<") == missing


def test_run_100_draws_two_curves_that_are_equal_and_reset_takes_them_away(
    open_page: Open,
) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    press(page, PIECE, "run")
    curves = page.chart_rows(0).pivot(index="step", columns="way", values="loss")
    assert len(curves) == 100
    assert list(curves["by hand"]) == pytest.approx(list(curves["built-ins"]), rel=0, abs=1e-6)
    press(page, PIECE, "reset")
    assert len(page.chart_rows(0)) == 0


def test_the_learning_rate_takes_the_steps_again(open_page: Open) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    press(page, PIECE, "run")
    slow = page.chart_rows(0)["loss"].min()
    move(page, PIECE, learning_rate=5e-5)
    rows = page.chart_rows(0)
    assert len(rows) == 200
    assert rows["loss"].min() < slow


def test_a_learning_rate_that_is_too_large_ends_in_a_loss_without_end(open_page: Open) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    for _ in range(5):
        press(page, PIECE, "run")
    move(page, PIECE, learning_rate=2e-4)
    assert page.chart_rows(0)["loss"].max() > 1e100
    press(page, PIECE, "predict")
    press(page, PIECE, "loss")
    assert any("Last loss by hand" in text for text in page.words)


def test_both_codes_are_shown(open_page: Open) -> None:
    page = open_page()
    turn_to_lab(page, PIECE)
    assert "inputs @ w.t() + b" in code_of(page)
    assert "F.mse_loss" in code_of(page)
