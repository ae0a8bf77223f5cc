"""The piece with optimizers in a valley: their ways and where they have come."""

from __future__ import annotations

import pytest
from app_page import AppPage
from lab_page import code_of, move

from playground.lab.valley import VALLEYS
from playground.ui.lab.valley import FORMULAS

PIECE = "valley"


def test_three_ways_are_drawn_and_told(page: AppPage) -> None:
    rows = page.chart_rows(0)
    walks = rows[rows["kind"] == "walk"]
    assert set(walks["name"]) == {"SGD", "momentum", "Adam"}
    assert len(walks) == 3 * 61
    assert "at step 60" in page.html
    assert "momentum" in page.html
    assert "Adam([weights], lr=rate)" in code_of(page)


def test_a_rate_that_is_too_large_leaves_the_picture(page: AppPage) -> None:
    move(page, PIECE, learning_rate=1.5, steps=300)
    assert page.html.count("out of the picture") >= 1
    assert "too large to show" in page.html


def test_another_valley_is_another_picture(page: AppPage) -> None:
    move(page, PIECE, valley="bent", steps=5)
    rows = page.chart_rows(0)
    assert rows[rows["kind"] == "walk"]["x"].min() >= -2
    assert "at step 5" in page.html


@pytest.mark.parametrize("name", VALLEYS)
def test_the_formula_on_the_page_is_that_of_the_valley(name: str) -> None:
    valley, plain = VALLEYS[name], FORMULAS[name].translate(str.maketrans({"·": "*", "−": "-"}))
    loss, start = plain.replace("²", "**2").removeprefix("loss = ").split(", start at ")
    assert eval(start) == valley.start  # of a constant in the code
    for x, y in ((0.5, -1.5), (2.0, 3.0)):
        along = valley.along * (x - valley.bottom) ** 2
        across = valley.across * (y - valley.bend * x**2) ** 2
        assert eval(loss, {"x": x, "y": y}) == pytest.approx(along + across)
