from __future__ import annotations

import pytest

from playground.analysis.wording import shape_text
from playground.run.records import LayerShape, ModelSummary
from playground.ui.sidebar.model_summary import layer_table, sketch

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


def test_the_sketch_names_every_layer_with_weights_and_not_the_flattening() -> None:
    assert sketch(MLP) == "1×8×8 → 64 → 10"
    deeper = (*MLP.layers[:3], LayerShape("linear 2", (64,), 4160), *MLP.layers[2:])
    assert sketch(ModelSummary(8970, (1, 8, 8), deeper)) == "1×8×8 → 64 → 64 → 10"
    assert sketch(ModelSummary(650, (1, 8, 8), (MLP.layers[0], MLP.layers[3]))) == "1×8×8 → 10"


def test_the_sketch_shows_what_pooling_leaves_of_a_convolution() -> None:
    layers = (
        LayerShape("conv1", (8, 32, 32), 224),
        LayerShape("batch_norm1", (8, 32, 32), 16),
        LayerShape("relu1", (8, 32, 32), 0),
        LayerShape("pool1", (8, 16, 16), 0),
        LayerShape("flatten", (2048,), 0),
        LayerShape("output", (10,), 20490),
    )
    assert sketch(ModelSummary(20730, (3, 32, 32), layers)) == "3×32×32 → 8×16×16 → 10"


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
