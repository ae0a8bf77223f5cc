from __future__ import annotations

import re
from math import prod

import pytest
import torch
from torch import nn

from playground.engine.models.building import MODEL_BUILDERS, build_model
from playground.engine.models.initialization import INITIALIZERS
from playground.engine.models.layers import ACTIVATION_BUILDERS
from playground.errors import ModelDoesNotFit
from playground.experiment import catalog
from playground.experiment.settings import ModelSettings

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
SHAPES = sorted({dataset.image_shape for dataset in catalog.DATASETS} | {(3, 16, 16), (1, 64, 64)})


def settings(architecture: str, *hidden_sizes: int, **others: object) -> ModelSettings:
    return ModelSettings.model_validate(
        {"architecture": architecture, "hidden_sizes": hidden_sizes, **others}
    )


def parameters(model: nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


def weights(model: nn.Module) -> list[torch.Tensor]:
    return list(model.state_dict().values())


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.mark.parametrize(
    ("table", "choices"),
    [
        (MODEL_BUILDERS, catalog.ARCHITECTURES),
        (ACTIVATION_BUILDERS, catalog.ACTIVATIONS),
        (INITIALIZERS, catalog.INITIALIZATIONS),
    ],
)
def test_each_name_of_the_catalogue_has_a_builder_and_no_builder_is_left_over(table, choices):
    assert set(table) == set(choices.names)


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES, ids=lambda entry: entry.name)
def test_the_catalogue_knows_which_networks_have_dropout_and_batch_norm_anyway(architecture):
    network = build_model(settings(architecture.name, 4, 6), COLOUR, 10)
    kinds = {"dropout": (nn.Dropout, nn.Dropout2d), "batch_norm": (nn.BatchNorm1d, nn.BatchNorm2d)}
    found = {
        name
        for name, classes in kinds.items()
        if any(isinstance(layer, classes) for layer in network.modules())
    }
    assert found == architecture.has


@pytest.mark.parametrize(
    ("model", "image_shape", "classes", "expected"),
    [
        (settings("linear"), GREY, 10, 784 * 10 + 10),
        (settings("mlp", 32), GREY, 10, 25_450),
        (settings("mlp"), GREY, 10, 7_850),
        (settings("mlp", 32, batch_norm=True), GREY, 10, 25_450 + 2 * 32),
        (settings("simple_cnn", 4, 8), (1, 8, 8), 10, 4 * 10 + 8 * 37 + 10 * (8 * 4 + 1)),
        (settings("convnet_7"), COLOUR, 10, 198_930),
        (settings("convnet_7"), COLOUR, 2, 197_898),
        (settings("convnet_16_32"), GREY, 10, 300_426),
        (settings("cnn_20_50"), GREY, 10, 431_080),
        (settings("cnn_6_3"), COLOUR, 10, 5_851_338),
        (settings("resnet18"), COLOUR, 10, 11_173_962),
    ],
)
def test_parameter_counts_are_those_computed_by_hand(model, image_shape, classes, expected):
    with torch.device("meta"):
        assert parameters(build_model(model, image_shape, classes)) == expected


@pytest.mark.parametrize("image_shape", SHAPES, ids=str)
@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_each_network_gives_logits_or_names_an_image_size_that_works(architecture, image_shape):
    model = settings(architecture, 4, 6)
    try:
        network = build_model(model, image_shape, 10)
    except ModelDoesNotFit as problem:
        suggested = re.search(r"Choose image size (\d+) or more\.$", str(problem))
        assert suggested
        size = int(suggested[1])
        assert size > image_shape[1]
        image_shape = (image_shape[0], size, size)
        network = build_model(model, image_shape, 10)
    images = torch.rand(2, *image_shape)
    assert network.train()(images).shape == (2, 10)
    assert network.eval()(images).shape == (2, 10)


@pytest.mark.parametrize("classes", [2, 7])
@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_the_number_of_logits_is_the_number_of_classes(architecture, classes):
    with torch.device("meta"):
        network = build_model(settings(architecture, 4), COLOUR, classes)
        assert network(torch.empty(3, *COLOUR)).shape == (3, classes)


LARGER = "Choose image size 16 or more."
FEWER = "No image size is large enough: choose fewer hidden sizes."


@pytest.mark.parametrize(
    ("model", "size", "layer", "input_size", "way_out"),
    [
        (settings("cnn_20_50"), 8, "5×5 kernel of its layer conv2", 2, LARGER),
        (settings("simple_cnn", 16, 32, 64, 128), 8, "2×2 pooling of its layer pool4", 1, LARGER),
        (settings("simple_cnn", *[4] * 10), 64, "2×2 pooling of its layer pool7", 1, FEWER),
    ],
)
def test_a_layer_that_does_not_fit_is_named_with_its_input_and_the_way_out(
    model, size, layer, input_size, way_out
):
    before = torch.get_rng_state()
    with pytest.raises(ModelDoesNotFit) as caught:
        build_model(model, (1, size, size), 10)
    assert str(caught.value) == (
        f"{catalog.ARCHITECTURES[model.architecture].label} does not fit {size}×{size} images: "
        f"the {layer} does not fit its {input_size}×{input_size} input. {way_out}"
    )
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_without_hidden_sizes_is_the_linear_one():
    mlp = build_model(settings("mlp"), GREY, 10, seed=3)
    linear = build_model(settings("linear"), GREY, 10, seed=3)
    assert same(mlp, linear)


@pytest.mark.parametrize(
    ("architecture", "layers"),
    [
        ("mlp", "flatten linear1 batch_norm1 gelu1 dropout1 linear2 batch_norm2 gelu2 dropout2"),
        (
            "simple_cnn",
            "conv1 batch_norm1 gelu1 pool1 dropout1 conv2 batch_norm2 gelu2 pool2 dropout2 flatten",
        ),
    ],
)
def test_layers_come_in_their_order_with_batch_norm_activation_and_dropout(architecture, layers):
    model = settings(architecture, 5, 6, activation="gelu", dropout=0.25, batch_norm=True)
    network = build_model(model, (1, 8, 8), 10)
    assert [name for name, _ in network.named_children()] == [*layers.split(), "output"]
    assert network.get_submodule("dropout2").p == 0.25


def test_convnet_7_averages_the_upper_left_of_a_4_by_4_map_as_its_original_does():
    network = build_model(settings("convnet_7"), COLOUR, 10)
    pool = network.get_submodule("average_pool")
    feature_map = torch.zeros(1, 1, 4, 4)
    feature_map[..., 3, :] = feature_map[..., :, 3] = 100.0
    assert pool(feature_map).flatten().tolist() == [0.0]


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_a_seed_gives_the_same_weights_bit_for_bit_and_another_seed_others(architecture):
    model = settings(architecture, 4, initialization="he")
    one, again, other = (build_model(model, (1, 16, 16), 10, seed) for seed in (7, 7, 8))
    assert same(one, again)
    assert not same(one, other)


@pytest.mark.parametrize("initialization", catalog.INITIALIZATIONS.names)
def test_building_neither_reads_nor_changes_the_global_random_state(initialization):
    model = settings("mlp", 8, initialization=initialization)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one = build_model(model, (1, 8, 8), 10, seed=5)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert same(one, build_model(model, (1, 8, 8), 10, seed=5))


@pytest.mark.parametrize(
    ("initialization", "architecture", "layer", "variance", "bias"),
    [
        ("xavier_uniform", "mlp", "linear1", 2 / (784 + 200), 0.01),
        ("xavier_uniform", "simple_cnn", "conv2", 2 / (1800 + 1800), 0.01),
        ("he", "mlp", "linear1", 2 / 784, 0.0),
        ("he", "simple_cnn", "conv2", 2 / 1800, 0.0),
    ],
)
def test_weights_have_the_variance_and_biases_that_their_initialization_says(
    initialization, architecture, layer, variance, bias
):
    model = settings(architecture, 200, 200, initialization=initialization)
    drawn = build_model(model, GREY, 10).get_submodule(layer)
    assert drawn.weight.std().item() == pytest.approx(variance**0.5, rel=0.02)
    assert drawn.weight.mean().item() == pytest.approx(0, abs=0.001)
    assert torch.all(drawn.bias == bias)
    is_uniform = drawn.weight.abs().max().item() <= (3 * variance) ** 0.5
    assert is_uniform == (initialization == "xavier_uniform")


def test_default_is_torchs_uniform_within_one_over_the_root_of_inputs():
    drawn = build_model(settings("mlp", 200), GREY, 10).get_submodule("linear1")
    assert 0.99 / 28 < drawn.weight.abs().max() <= 1 / 28
    assert drawn.bias.std().item() == pytest.approx(1 / 28 / 3**0.5, rel=0.15)


@pytest.mark.parametrize("initialization", catalog.INITIALIZATIONS.names)
def test_batch_norm_starts_with_weight_one_and_bias_zero(initialization):
    model = settings("mlp", 8, batch_norm=True, initialization=initialization)
    layer = build_model(model, (1, 8, 8), 10).get_submodule("batch_norm1")
    assert torch.all(layer.weight == 1)
    assert torch.all(layer.bias == 0)


@pytest.mark.parametrize("architecture", catalog.ARCHITECTURES.names)
def test_every_weight_receives_a_gradient(architecture):
    network = build_model(settings(architecture, 4, 6), (1, 16, 16), 10)
    network(torch.rand(4, 1, 16, 16)).square().sum().backward()
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    assert all(weight.grad is not None for weight in trained)


@pytest.mark.parametrize("activation", catalog.ACTIVATIONS.names)
def test_activations_are_never_in_place(activation):
    layer = build_model(settings("mlp", 4, activation=activation), (1, 8, 8), 10)
    values = torch.tensor([-1.0, 0.5])
    result = layer.get_submodule(f"{activation}1")(values)
    assert values.tolist() == [-1.0, 0.5]
    assert torch.equal(result, values) is (activation == "identity")


def test_hidden_sizes_of_hundreds_of_megabytes_cost_nothing_on_the_meta_device():
    with torch.device("meta"):
        network = build_model(settings("mlp", *[8192] * 32), (3, 64, 64), 10)
    assert parameters(network) > 2_000_000_000
    assert all(weight.is_meta for weight in network.parameters())
    assert prod(network.get_submodule("linear1").weight.shape) == 8192 * 3 * 64 * 64
