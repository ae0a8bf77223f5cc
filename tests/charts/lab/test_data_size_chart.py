"""Accuracies over the number of training images."""

from __future__ import annotations

import pandas as pd
import pytest
from lab_drawing import cases, check_drawing

from playground.charts.lab.data_size import data_size_chart
from playground.charts.specs import Draw
from playground.frames.lab_data_size import data_size_frame
from playground.lab.data_size import Trained

FRAME = data_size_frame([Trained(25, (1.0, 0.8), (0.5, 0.3)), Trained(800, (1.0,), (0.95,))])


@pytest.mark.parametrize(("draw", "frame"), cases({data_size_chart: {"two": FRAME}}))
def test_it_can_be_drawn_on_light_and_dark(draw: Draw, frame: pd.DataFrame) -> None:
    check_drawing(draw, frame)


def test_a_row_has_the_mean_and_the_range_of_its_seeds() -> None:
    assert FRAME.to_numpy().tolist()[:2] == [
        [25, "train", 0.9, 0.8, 1.0],
        [25, "validation", 0.4, 0.3, 0.5],
    ]
