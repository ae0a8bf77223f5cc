"""The concept lab's frames and charts: what a row says, and that every chart can be drawn."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from lab_drawing import cases, check_drawing, drawn

from playground.charts.lab.autograd import graph_chart
from playground.charts.lab.bars import histogram_chart, probabilities_chart
from playground.charts.lab.lines import logit_chart, ways_chart, weights_chart
from playground.charts.specs import Draw, kept_spec
from playground.frames.lab import (
    histogram_frame,
    logit_frame,
    losses_frame,
    probabilities_frame,
    weights_frame,
)
from playground.frames.lab_autograd import graph_frame, six_digits
from playground.lab.autograd import AutogradFindings, Leaf
from playground.lab.cross_entropy import LogitSweep
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
}


@pytest.mark.parametrize(("draw", "frame"), cases(FRAMES))
def test_a_chart_can_be_drawn_on_light_and_dark(draw: Draw, frame: pd.DataFrame) -> None:
    check_drawing(draw, frame)


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
