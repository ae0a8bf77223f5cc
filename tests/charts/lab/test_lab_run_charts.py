"""Frames and charts of the lab's pieces on runs, batches and devices."""

from __future__ import annotations

import pandas as pd
import pytest
from lab_drawing import cases, check_drawing, drawn

from playground.charts.lab.bars import parts_chart, split_chart
from playground.charts.lab.batch_orders import (
    COLUMNS,
    angle_chart,
    batch_losses_chart,
    error_chart,
    order_chart,
)
from playground.charts.lab.tiles import tile_chart
from playground.charts.specs import Draw
from playground.frames.lab_runs import (
    EXPECTED,
    batch_losses_frame,
    noise_frame,
    order_frame,
    parts_frame,
    split_frame,
    tile_frame,
)
from playground.lab.batch_orders import Noise, Trained
from playground.lab.device import PARTS, DeviceTime

NOISE = [
    Noise(order, size, error=(1.0, 4.0, 5.0), angle=(60, 70, 80))
    for size in (1, 4, 512)
    for order in ("shuffled", "sorted")
]
TRAINED = {"shuffled": Trained((2.3, 1.0), ()), "sorted": Trained((2.3, 9.0), ())}


def device(label: str, *milliseconds: float) -> DeviceTime:
    return DeviceTime("", label, 1, 0.0, dict(zip(PARTS, milliseconds, strict=True)), 0, 0, 0)


DEVICES = [
    device("CPU, 1 thread", 1.0, 2.0, 3.0, 4.0),
    device("Some GPU (cuda:0)", 0.1, 0.1, 0.1, 0.1),
]
FRAMES: dict[Draw, dict[str, pd.DataFrame]] = {
    tile_chart: {
        "zero": tile_frame([[0.0]]),
        "kernel": tile_frame([[-1.0, 0.5], [0.0, 2.0]]),
        "pixels": tile_frame([[float(i - j) for i in range(28)] for j in range(28)]),
    },
    split_chart: {"run": split_frame({"train": 1221, "validation": 216, "test": 360})},
    order_chart: {
        "small": order_frame([[3, 4]], COLUMNS),
        "full": order_frame([list(range(10)) * 6] * 8, COLUMNS),
    },
    error_chart: {"measured": noise_frame(NOISE, "error")},
    angle_chart: {"measured": noise_frame(NOISE, "angle")},
    batch_losses_chart: {"trained": batch_losses_frame(TRAINED)},
    parts_chart: {"one": parts_frame(DEVICES[:1]), "two": parts_frame(DEVICES)},
}


@pytest.mark.parametrize(("draw", "frame"), cases(FRAMES))
def test_a_chart_can_be_drawn_on_light_and_dark(draw: Draw, frame: pd.DataFrame) -> None:
    check_drawing(draw, frame)


def test_a_tiles_largest_weight_has_full_shade_with_its_sign() -> None:
    frame = tile_frame([[0.1, -0.4], [0.2, 0.0]])
    assert frame["shade"].tolist() == pytest.approx([0.25, -1.0, 0.5, 0.0])
    assert frame[["row", "column"]].to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert tile_frame([[0.0, 0.0]])["shade"].tolist() == [0.0, 0.0]


def test_a_larger_batch_shows_its_first_images() -> None:
    frame = order_frame([[7, 8, 9], [1]], columns=2)
    assert frame.to_numpy().tolist() == [[1, 1, "7"], [1, 2, "8"], [2, 1, "1"]]


def test_the_expected_error_halves_with_four_times_the_batch() -> None:
    frame = noise_frame(NOISE, "error")
    expected = frame[frame["order"] == EXPECTED].set_index("batch_size")["median"]
    assert expected.loc[1] == 4.0
    assert expected.loc[4] == 2.0
    assert EXPECTED not in set(noise_frame(NOISE, "angle")["order"])


def test_losses_are_counted_from_the_first_batch_in_each_order() -> None:
    frame = batch_losses_frame(TRAINED)
    assert frame.to_numpy().tolist() == [
        [1, "shuffled", 2.3],
        [2, "shuffled", 1.0],
        [1, "sorted", 2.3],
        [2, "sorted", 9.0],
    ]


def test_the_parts_of_a_step_are_named_in_the_order_they_happen() -> None:
    frame = parts_frame(DEVICES[:1])
    assert frame["part"].tolist() == ["fetch batch", "forward", "backward", "update"]
    assert frame["milliseconds"].tolist() == [1.0, 2.0, 3.0, 4.0]
    picture = drawn(parts_chart, parts_frame(DEVICES))
    assert picture.index("CPU, 1 thread") < picture.index("Some GPU (cuda:0)")


def test_the_legend_names_the_falling_square_root_only_where_its_line_is() -> None:
    for draw, measure, is_there in ((error_chart, "error", True), (angle_chart, "angle", False)):
        assert (f">{EXPECTED}<" in drawn(draw, noise_frame(NOISE, measure))) is is_there
