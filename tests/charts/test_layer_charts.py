"""Layers as tables and pictures: rows with known numbers, and specs that stay the same."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pytest

from playground.analysis.layer_statistics import LayerStatistics, read_layers
from playground.analysis.layer_words import layer_texts, network_texts
from playground.charts.export import chart_bytes
from playground.charts.layer_statistics import heat_chart, histogram_chart, layer_lines_chart
from playground.charts.specs import kept_spec, spec
from playground.frames.layers import (
    KINDS,
    MEASURES,
    heat_frame,
    histogram_frame,
    layer_lines_frame,
    layer_table,
)
from playground.run.layer_columns import ACTIVATIONS, BINS, COLUMNS, PROBE


def made(epoch: int, layers: int = 2, **numbers: Any) -> LayerStatistics:
    """Return layers of 128 units; `silent_units=[12, 0]` sets that of each."""
    table = np.full((layers, len(COLUMNS)), 0.5, np.float32)
    known = {"kind": 0, "activation": ACTIVATIONS.index("relu"), "units": 128, "weight_count": 9,
             "silent_units": 0, "stuck_units": 0, "saturated_share": np.nan}  # fmt: skip
    for name, value in {**known, **numbers}.items():
        table[:, COLUMNS.index(name)] = value
    edges = np.tile(np.array([-1, 1], np.float32), (layers, 3, 1))
    edges[:, 2] = 3.0  # all outputs are the same
    names = [f"linear{number}" for number in range(1, layers)] + ["output"]
    content = {
        "names": np.frombuffer("\n".join(names).encode(), np.uint8),
        "numbers": table,
        "histograms": np.tile(np.arange(BINS, dtype=np.int32), (layers, 3, 1)),
        "edges": edges,
        "probe": np.full(len(PROBE), 128, np.float32),
    }
    found = read_layers(content, epoch)
    assert found is not None
    return found


def all_charts(found: list[LayerStatistics]) -> list[tuple[alt.LayerChart, dict[str, Any]]]:
    """Return each chart of these layers, and the specification that the page keeps of it."""
    names = tuple(layer.name for layer in found[-1].layers) if found else ("linear1",)
    charts = []
    for measure, title in MEASURES.items():
        shape: tuple[Any, ...] = (names, title, measure == "silent")
        lines = layer_lines_frame(found, measure, names[0], 1)
        charts.append((layer_lines_chart(lines, *shape), kept_spec(layer_lines_chart, *shape)))
    for kind in KINDS:
        look = (kind, kind == "gradients")
        heat = heat_frame(found, names[0], kind, 1)
        charts.append((heat_chart(heat, *look), kept_spec(heat_chart, *look)))
        if found:
            bars = histogram_frame(found[-1], names[0], kind)
            charts.append((histogram_chart(bars, *look), kept_spec(histogram_chart, *look)))
    return charts


@pytest.mark.parametrize(("epochs", "layers"), [(0, 1), (1, 1), (3, 2), (2, 21)])
def test_every_chart_is_drawn_and_its_rows_never_shape_it(epochs: int, layers: int) -> None:
    for chart, kept in all_charts([made(epoch, layers) for epoch in range(epochs)]):
        assert spec(chart) == kept


def test_charts_can_be_pictures() -> None:
    charts = [chart for chart, _ in all_charts([made(0), made(3)])]
    for chart in (charts[0], charts[4], charts[5]):
        assert chart_bytes(chart, "svg").startswith(b"<svg")


def test_lines_and_table_have_the_numbers_of_the_layers() -> None:
    found = [made(0, update_ratio=np.nan), made(1, silent_units=[32, 0], update_ratio=[1, 2])]
    steps = layer_lines_frame(found, "step", "output", 1)
    assert steps[["epoch", "layer", "value", "chosen", "shown"]].values.tolist() == [
        [1, "linear1", 1.0, False, True],
        [1, "output", 2.0, True, True],
    ]
    assert layer_lines_frame(found, "silent", "output", 1)["value"].tolist() == [0, 0, 0.25, 0]
    table = layer_table(found[1])
    assert table["Silent"].tolist() == [32, 0]
    assert table["Step"].tolist() == ["1", "2"]
    assert layer_table(found[0])["Step"].tolist() == ["", ""]


def test_histograms_add_up_and_reach_from_end_to_end() -> None:
    found = [made(0), made(1), made(5)]
    bars = histogram_frame(found[0], "linear1", "weights")
    assert bars["share"].sum() == pytest.approx(1)
    assert (bars["low"].min(), bars["high"].max()) == (-1, 1)
    heat = heat_frame(found, "linear1", "gradients", 1)
    assert heat.groupby("epoch")[["start", "stop"]].first().values.tolist() == [
        [-0.5, 0.5], [0.5, 4.5], [4.5, 5.5],
    ]  # fmt: skip
    assert set(heat[heat["shown"]]["epoch"]) == {1}
    assert heat["range"].iloc[-1] == "1e0.938 to 1e1"
    assert len(histogram_frame(found[0], "none", "outputs")) == 0


def test_sentences_say_what_is_silent_stuck_equal_and_how_the_gradients_compare() -> None:
    found = made(
        1, silent_units=[12, 1], stuck_units=[0, 3], unit_variation=[0, 0.9],
        gradient_norm=[0.002, 0.1],
    )  # fmt: skip
    assert network_texts(found) == [
        "12 of 128 units of layer linear1 are silent on all 128 images.",
        "1 of 128 units of layer output is silent on all 128 images.",
        "3 of 128 units of layer output are saturated on all 128 images.",
        "All 128 units of layer linear1 have the same weights, so they all say the same.",
        "The gradient of the first layer, linear1, is 0.02 times as long as that of the last, "
        "output.",
    ]
    [silent] = [text for text in network_texts(made(1, 6, silent_units=1)) if "more" in text]
    assert silent == "3 more layers have silent units: see the table."
    assert network_texts(made(1, 1)) == ["No unit is silent on all 128 images."]
    assert network_texts(made(1, 2, kind=1, silent_units=[1, 0]))[0].startswith("1 of 128 channels")
    words = " ".join(layer_texts(made(1, update_ratio=0.0012, zero_share=0.4).layers[0]))
    assert "40.0 % of its outputs are 0" in words
    assert "by 0.12 % of their length" in words
    told = layer_texts(made(1, activation=ACTIVATIONS.index("tanh"), saturated_share=0.6).layers[0])
    assert "60.0 % of its outputs lie within 0.01 of an end of the tanh" in told[0]
