from __future__ import annotations

import pytest

from playground.records import LayerShape, ModelSummary
from playground.ui.model_summary import layer_table, shape_text, sketch

MLP = ModelSummary(
    parameters=4810,
    input_shape=(1, 8, 8),
    layers=(
        LayerShape("flatten", (64,), 0),
        LayerShape("linear 1", (64,), 4160),
        LayerShape("relu 1", (64,), 0),
        LayerShape("output", (10,), 650),
    ),
)


def test_the_sketch_names_only_changes_of_shape() -> None:
    assert sketch(MLP) == "1×8×8 → 64 → 10"


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        (0, "8"),
        (7, "8 → 9 → 10 → 11 → 12 → 13 → 14 → 15"),
        (8, "8 → 9 → 10 → 11 → … → 14 → 15 → 16"),
        (40, "8 → 9 → 10 → 11 → … → 46 → 47 → 48"),
    ],
)
def test_the_sketch_of_a_deep_network_keeps_both_ends(layers: int, text: str) -> None:
    deep = tuple(LayerShape("layer", (9 + number,), 1) for number in range(layers))
    assert sketch(ModelSummary(layers, (8,), deep)) == text


def test_the_table_has_the_input_and_every_layer() -> None:
    table = layer_table(MLP)
    assert table["layer"].tolist() == ["input", "flatten", "linear 1", "relu 1", "output"]
    assert table["output"].tolist() == ["1×8×8", "64", "64", "64", "10"]
    assert table["parameters"].tolist() == [0, 0, 4160, 0, 650]
    assert table["parameters"].sum() == MLP.parameters


def test_a_shape_is_written_with_times_signs() -> None:
    assert shape_text((3, 32, 32)) == "3×32×32"
    assert shape_text((10,)) == "10"
