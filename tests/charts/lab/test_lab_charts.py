"""The concept lab's frames and charts: what a row says, and that every chart can be drawn."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from lab_drawing import cases, check_drawing, drawn

from playground.charts.lab.autograd import graph_chart
from playground.charts.lab.bars import (
    histogram_chart,
    parts_chart,
    probabilities_chart,
    split_chart,
)
from playground.charts.lab.batch_orders import (
    COLUMNS,
    angle_chart,
    batch_losses_chart,
    error_chart,
    order_chart,
)
from playground.charts.lab.lines import logit_chart, ways_chart, weights_chart
from playground.charts.lab.tiles import tile_chart
from playground.charts.specs import Draw, kept_spec
from playground.frames.lab import (
    histogram_frame,
    logit_frame,
    losses_frame,
    probabilities_frame,
    weights_frame,
)
from playground.frames.lab_autograd import graph_frame, six_digits
from playground.frames.lab_runs import (
    EXPECTED,
    batch_losses_frame,
    noise_frame,
    order_frame,
    parts_frame,
    split_frame,
    tile_frame,
)
from playground.lab.autograd import AutogradFindings, Leaf
from playground.lab.batch_orders import Noise, Trained
from playground.lab.cross_entropy import LogitSweep
from playground.lab.device import PARTS, DeviceTime
from playground.lab.normalization import Histogram


def graph(learned: str, grad: float | None = 3.0) -> AutogradFindings:
    """Return findings of autograd with w, x and b at 1, of which some are learned."""
    return AutogradFindings(
        y=2.0,
        product=1.0,
        y_requires_grad=bool(learned),
        leaves={
            name: Leaf(1.0, name in learned, grad if name in learned else None) for name in "wxb"
        },
        graph=(("AddBackward0", "MulBackward0"),) if learned else (),
        complaint="",
        code="",
    )


SWEEP = LogitSweep((-1.0, 0.0, 1.0), (2.0, 1.0, 0.5), (1.0, 1.0, 0.0))
BINS = Histogram((-0.1, 0.0), (0.25, 0.75), 0.0)
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
    graph_chart: {"learned": graph_frame(graph("wb")), "fixed": graph_frame(graph(""))},
    ways_chart: {
        "none": losses_frame([], []),
        "one": losses_frame([10.0], [10.0]),
        "many": losses_frame([float(1000 - step) for step in range(300)], [5.0] * 300),
        "diverged": losses_frame([10.0**power for power in range(0, 300, 10)], [1.0]),
    },
    weights_chart: {
        "one": weights_frame([[0.1, 0.1, 0.1]]),
        "many": weights_frame([[0.1, 0.1, 0.1 + step / 40] for step in range(101)]),
    },
    logit_chart: {"many": logit_frame(SWEEP, 0.0)},
    probabilities_chart: {
        "sure": probabilities_frame(["a", "b"], [1.0, 0.0], [1, 0]),
        "unsure": probabilities_frame(["a", "b"], [0.5, 0.5], [0, 1]),
    },
    histogram_chart: {"many": histogram_frame(BINS, BINS)},
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


def test_a_tile_is_square_also_where_the_page_puts_room_below_a_chart() -> None:
    found = kept_spec(tile_chart)
    room = {"bottom": 20, **found["padding"]}  # what Streamlit makes of it
    assert (
        found["width"] - room["left"] - room["right"]
        == found["height"] - room["top"] - room["bottom"]
    )


@pytest.mark.parametrize("draw", FRAMES)
def test_the_rows_do_not_shape_a_chart(draw: Draw) -> None:
    first, again = kept_spec(draw), kept_spec(draw)
    assert first == again
    first.clear()
    assert kept_spec(draw) == again
    assert not {"data", "datasets", "config"} & set(again)


def test_the_graph_names_its_values_and_gradients() -> None:
    picture = drawn(graph_chart, graph_frame(graph("w")))
    for words in ("w.grad = 3", "x.grad = None", "requires_grad=False", "w·x = 1", "y = 2"):
        assert words in picture


def test_gradients_go_back_only_to_what_is_learned() -> None:
    def back(learned: str, grad: float | None = 3.0) -> int:
        frame = graph_frame(graph(learned, grad))
        return int((frame["kind"] == "backward").sum())

    # y to +; then + to b, or + to × and × to w.
    assert back("b") == 2
    assert back("w") == 3
    assert back("wxb") == 5
    assert back("") == back("wxb", None) == 0


def test_a_loss_that_is_no_number_is_not_drawn() -> None:
    frame = losses_frame([1.0, math.inf, math.nan], [2.0])
    assert frame["loss"].tolist() == [1.0, 2.0]
    assert frame["step"].tolist() == [1, 1]


def test_the_true_class_has_a_mark_beside_its_colour() -> None:
    frame = probabilities_frame(["cat", "dog"], [0.25, 0.75], [0, 1])
    assert frame["name"].tolist() == ["cat", "✓ dog"]
    assert frame["text"].tolist() == ["25.0 %", "75.0 %"]


def test_the_dot_is_at_the_place_nearest_to_the_slider() -> None:
    frame = logit_frame(SWEEP, 0.9)
    assert frame[frame["is_here"]]["logit"].tolist() == [1.0, 1.0]


def test_a_bin_ends_where_the_next_begins() -> None:
    frame = histogram_frame(BINS, BINS)
    assert frame["end"].tolist() == pytest.approx([0.0, 0.1] * 2)


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (-1.5, "−1.5"), (0.1 + 0.2, "0.3"), (1234567.0, "1.23457e+06")]
)
def test_a_number_in_the_graph_is_short(value: float, text: str) -> None:
    assert six_digits(value) == text


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
    expected = frame[frame["order"] == EXPECTED].set_index("batch_size")["middle"]
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
