"""The piece on linear regression: five buttons make a step, both ways' curves are one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from app_page import AppPage
from asking import ask
from lab_page import code_of, look, move, press

from playground.lab.linear_regression import RegressionQuestion
from playground.ui.lab import linear_numbers
from playground.ui.lab.linear_regression import has_exploded

PIECE = "linear_regression"
PARTS = ("predict", "loss", "gradient", "update", "zero")


def can_press(page: AppPage) -> list[str]:
    return [part for part in PARTS if page.can_press(f"lab-{PIECE}-{part}")]


def test_the_five_buttons_make_a_step_one_after_the_other(page: AppPage) -> None:
    assert page.html.count(">None<") == 8
    for part in PARTS:
        assert can_press(page) == [part]
        press(page, PIECE, part)
    assert can_press(page) == ["predict"]
    assert any("1 step done" in text for text in page.words)
    assert len(page.chart_rows(0)) == 2


def test_gradients_appear_after_the_third_button_alone(page: AppPage) -> None:
    for part, missing in zip(PARTS[:3], (8, 8, 0), strict=True):
        press(page, PIECE, part)
        assert page.html.count(">None<") == missing


def test_run_100_draws_two_curves_that_are_equal_and_reset_takes_them_away(page: AppPage) -> None:
    press(page, PIECE, "run")
    curves = page.chart_rows(0).pivot(index="step", columns="way", values="loss")
    assert len(curves) == 100
    assert list(curves["by hand"]) == pytest.approx(list(curves["built-ins"]), rel=0, abs=1e-6)
    press(page, PIECE, "reset")
    assert len(page.chart_rows(0)) == 0


def test_predictions_are_there_after_run_100_and_stay_until_reset(page: AppPage) -> None:
    assert page.html.count("<td>–</td>") == 10
    press(page, PIECE, "run")
    for apples, oranges in ask(RegressionQuestion(steps=100, phase=1)).predictions or ():
        assert f"<td>{apples:.1f}</td>" in page.html
        assert f"<td>{oranges:.1f}</td>" in page.html
    for part in PARTS[1:]:
        press(page, PIECE, part)
        assert "<td>–</td>" not in page.html
    press(page, PIECE, "reset")
    assert page.html.count("<td>–</td>") == 10


def test_the_learning_rate_takes_the_steps_again(page: AppPage) -> None:
    press(page, PIECE, "run")
    slow = page.chart_rows(0)["loss"].min()
    move(page, PIECE, learning_rate=5e-5)
    rows = page.chart_rows(0)
    assert len(rows) == 200
    assert rows["loss"].min() < slow


def test_a_learning_rate_that_is_too_large_ends_in_a_loss_without_end(page: AppPage) -> None:
    for _ in range(5):
        press(page, PIECE, "run")
    assert not any("exploded" in text for text in page.words)
    move(page, PIECE, learning_rate=2e-4)
    assert page.chart_rows(0)["loss"].max() > 1e100
    press(page, PIECE, "loss")
    [said] = [text for text in page.words if "Last loss by hand" in text]
    [warned] = [text for text in page.words if "exploded" in text]
    assert "the learning rate is too high" in warned
    assert "Reset starts again" in warned
    assert "largest relative difference" in said
    assert "e+" not in page.html + "".join(page.words)
    press(page, PIECE, "reset")
    assert not any("exploded" in text for text in page.words)


def test_both_codes_are_shown(page: AppPage) -> None:
    assert "inputs @ w.t() + b" in code_of(page)
    assert "F.mse_loss" in code_of(page)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], float | None]:
    """Return what is typed into cells, by row and column: AppTest cannot edit a table."""
    cells: dict[tuple[str, str], float | None] = {}

    def edit(frame: pd.DataFrame, **_: Any) -> pd.DataFrame:
        edited = frame.copy()
        for (row, column), value in cells.items():
            if row in edited.index:
                edited.loc[row, column] = value
        return edited

    monkeypatch.setattr(linear_numbers.st, "data_editor", edit)
    return cells


def test_an_edited_number_is_learned_from_and_reset_brings_the_first_back(
    page: AppPage, typed: dict[tuple[str, str], float | None]
) -> None:
    press(page, PIECE, "run")
    before = page.chart_rows(0)["loss"].min()
    typed["Region B", "Temperature in °F"] = 12.5
    look(page)
    assert "<td>12.5</td>" in page.html
    assert page.chart_rows(0)["loss"].min() != before
    typed.clear()
    look(page)
    assert "<td>12.5</td>" in page.html  # as after another page: what was typed is still there
    press(page, PIECE, "reset")
    assert "<td>12.5</td>" not in page.html


def test_an_empty_cell_is_told_in_a_sentence(
    page: AppPage, typed: dict[tuple[str, str], float | None]
) -> None:
    typed["Region D", "Humidity in %"] = None
    look(page)
    assert page.warnings == [
        "Region D: An empty field is no humidity in %: it must be a number from 0 to 100."
    ]
    typed["Region D", "Humidity in %"] = 101.0
    look(page)
    assert '"101.0" is no humidity' in page.warnings[0]


@pytest.mark.parametrize(
    ("losses", "exploded"),
    [
        ([], False),
        ([10.0, 9.0], False),
        ([10.0, 10.5], False),
        ([10.0, 30.0], True),
        ([10.0, float("inf")], True),
        ([10.0, float("nan")], True),
        ([1e-25, 1e-20], False),
    ],
)
def test_an_explosion_is_a_loss_far_above_the_first(losses: list[float], exploded: bool) -> None:
    assert has_exploded(losses) is exploded
