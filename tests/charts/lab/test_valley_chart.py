"""The valley from above: lines of equal loss, and walks that may leave the picture."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from lab_drawing import cases, check_drawing

from playground.charts.lab.valley import WALKERS, bent_chart, narrow_chart
from playground.charts.specs import Draw
from playground.frames.lab_valley import valley_frame
from playground.lab.valley import VALLEYS, Walk

STAY = dict.fromkeys(WALKERS, Walk(((-9.0, 2.5),), (10.3,)))
LEAVE = {"SGD": Walk(((0.0, 1.0), (5e3, 1.0), (0.0, 1.0), (math.nan, 1.0)), (1.0, 9.0, 1.0, 1.0))}
FRAMES: dict[Draw, dict[str, pd.DataFrame]] = {
    narrow_chart: {"stay": valley_frame(VALLEYS["narrow"], STAY)},
    bent_chart: {"leave": valley_frame(VALLEYS["bent"], LEAVE)},
}


@pytest.mark.parametrize(("draw", "frame"), cases(FRAMES))
def test_a_valley_can_be_drawn_on_light_and_dark(draw: Draw, frame: pd.DataFrame) -> None:
    check_drawing(draw, frame)


@pytest.mark.parametrize("name", VALLEYS)
def test_the_corners_of_a_line_lie_at_its_loss(name: str) -> None:
    valley = VALLEYS[name]
    frame = valley_frame(valley, {})
    corners = frame[frame["kind"] == "level"]
    assert set(corners["loss"]) == set(valley.levels)
    losses = (
        valley.along * (corners["x"] - valley.bottom) ** 2
        + valley.across * (corners["y"] - valley.bend * corners["x"] ** 2) ** 2
    )
    assert losses.tolist() == pytest.approx(corners["loss"].tolist())


def test_a_walk_ends_where_it_leaves_for_good() -> None:
    frame = valley_frame(VALLEYS["bent"], LEAVE)
    walk = frame[frame["kind"] == "walk"]
    assert walk[["x", "y", "is_last"]].to_numpy().tolist() == [[0.0, 1.0, True]]
