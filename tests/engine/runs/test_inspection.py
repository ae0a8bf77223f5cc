from __future__ import annotations

import compared
import pytest

from playground.engine.models.building import build_model
from playground.engine.models.layer_shapes import leaf_layers
from playground.engine.runs.inspection import describe, input_shape_of
from playground.experiment import Experiment, catalog
from playground.run.records import LayerShape


def experiment(architecture: str, *hidden_sizes: int, **changes: object) -> Experiment:
    sizes = hidden_sizes or (4,)
    return compared.experiment(
        model__architecture=architecture, model__hidden_sizes=sizes, **changes
    )


def test_the_layers_of_an_mlp_are_those_computed_by_hand():
    setup = experiment("mlp", 12, 5, model__batch_norm=True, model__dropout=0.1)
    summary = describe(setup)
    assert summary.input_shape == (1, 8, 8)
    assert summary.parameters == 64 * 12 + 12 + 24 + 12 * 5 + 5 + 10 + 5 * 10 + 10
    assert summary.layers == (
        LayerShape("flatten", (64,), 0),
        LayerShape("linear1", (12,), 64 * 12 + 12),
        LayerShape("batch_norm1", (12,), 24),
        LayerShape("relu1", (12,), 0),
        LayerShape("dropout1", (12,), 0),
        LayerShape("linear2", (5,), 12 * 5 + 5),
        LayerShape("batch_norm2", (5,), 10),
        LayerShape("relu2", (5,), 0),
        LayerShape("dropout2", (5,), 0),
        LayerShape("output", (10,), 60),
    )


def test_the_layers_of_a_cnn_are_those_computed_by_hand():
    assert describe(experiment("cnn_20_50", data__dataset="mnist")).layers == (
        LayerShape("conv1", (20, 24, 24), 520),
        LayerShape("relu1", (20, 24, 24), 0),
        LayerShape("pool1", (20, 12, 12), 0),
        LayerShape("conv2", (50, 8, 8), 25_050),
        LayerShape("relu2", (50, 8, 8), 0),
        LayerShape("pool2", (50, 4, 4), 0),
        LayerShape("flatten", (800,), 0),
        LayerShape("linear1", (500,), 400_500),
        LayerShape("relu3", (500,), 0),
        LayerShape("dropout1", (500,), 0),
        LayerShape("output", (10,), 5_010),
    )


def test_a_residual_network_shows_its_stages():
    layers = describe(experiment("resnet18", data__dataset="cifar10")).layers
    assert [(layer.name, layer.output_shape) for layer in layers] == [
        ("conv1", (64, 32, 32)),
        ("bn1", (64, 32, 32)),
        ("relu", (64, 32, 32)),
        ("layer1", (64, 32, 32)),
        ("layer2", (128, 16, 16)),
        ("layer3", (256, 8, 8)),
        ("layer4", (512, 4, 4)),
        ("avgpool", (512, 1, 1)),
        ("fc", (10,)),
    ]


@pytest.mark.parametrize("dataset", catalog.DATASETS.names)
@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_the_summary_counts_what_the_real_network_has(architecture, dataset):
    setup = experiment(architecture, 4, 6, data__dataset=dataset, data__image_size=16)
    summary = describe(setup)
    model = build_model(setup.model, summary.input_shape, 10)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    assert summary.parameters == sum(weight.numel() for weight in trained)
    assert summary.parameters == sum(layer.parameters for layer in summary.layers)
    assert summary.layers[-1].output_shape == (10,)
    assert summary.memory_megabytes > 0


def test_every_use_of_a_leaf_is_found_in_forward_order():
    model = build_model(experiment("resnet18").model, (3, 32, 32), 10)
    leaves = [layer.name for layer in leaf_layers(model.to("meta").eval(), (3, 32, 32))]
    assert leaves[:3] == ["conv1", "bn1", "relu"]
    assert leaves[-1] == "fc"
    assert leaves.count("layer1.0.relu") == 2
    assert "maxpool" not in leaves


def test_the_shape_of_an_input_and_classes_come_from_the_settings_unless_given():
    setup = experiment("linear", data__dataset="cifar10")
    assert describe(setup).parameters == 3 * 32 * 32 * 10 + 10
    assert describe(setup, (1, 8, 8), 3).parameters == 64 * 3 + 3
    small = setup.replace({"data.image_size": 16})
    assert describe(small).input_shape == input_shape_of(small.data) == (3, 16, 16)
