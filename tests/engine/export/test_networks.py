"""A network that was taken away says what it said here, opened by the tools that read it."""

from __future__ import annotations

import json
from io import BytesIO

import onnx
import onnxruntime
import pytest
import safetensors
import safetensors.torch
import torch
from tiny import data_of, small_as_can_be, tiny, use_few_digits
from torch import Tensor, nn
from torchvision import models

from playground.engine.export.network import TakenNetwork
from playground.engine.export.onnx_file import difference, onnx_file
from playground.engine.export.programs import exported_file
from playground.engine.export.weights import pt_file, safetensors_file
from playground.engine.models.building import build_model
from playground.experiment import Experiment
from playground.experiment.backbone_entries import TRANSFER
from playground.experiment.catalog import ARCHITECTURES
from playground.export.script import script_of


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def taken(experiment: Experiment) -> TakenNetwork:
    """Return a network whose statistics, too, are not those of the beginning."""
    data = data_of(experiment)
    model = build_model(experiment.model, data.input_shape, len(data.class_names), seed=3)
    model(inputs_of(experiment)[:4])
    return TakenNetwork("run", 7, experiment, data.class_names, model.state_dict(), data)


def inputs_of(experiment: Experiment) -> Tensor:
    data = data_of(experiment)
    return data.normalization.apply(data.validation.inputs[:5])


def network_in_script(experiment: Experiment) -> nn.Module:
    """Return the network that the exported script builds."""
    _, _, rest = script_of(experiment).partition("# 2. Network\n")
    names = {"torch": torch, "nn": nn, "models": models, "seed_for": len, "device": "cpu"}
    exec(rest.partition("\n# 3. ")[0], names)
    model = names["model"]
    assert isinstance(model, nn.Module)
    return model


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES.names if name != TRANSFER])
def test_the_weights_fit_the_network_of_the_script(architecture: str) -> None:
    experiment = small_as_can_be(architecture).replace({"data.training_images": 30})
    network = taken(experiment)
    content = safetensors_file(network)
    weights = safetensors.torch.load(content)
    same = torch.load(BytesIO(pt_file(network)), weights_only=True)
    assert {**same}.keys() == weights.keys()
    assert all(torch.equal(same[name], weights[name]) for name in weights)
    model = network_in_script(experiment).eval()
    model.load_state_dict(weights)
    inputs = inputs_of(experiment)
    with torch.inference_mode():
        torch.testing.assert_close(model(inputs), network.model()(inputs), rtol=0, atol=1e-5)


def test_what_goes_in_is_said_beside_the_weights() -> None:
    network = taken(tiny())
    head = json.loads(safetensors_file(network)[8:].split(b"}}", 1)[0] + b"}}")["__metadata__"]
    data = data_of(tiny())
    assert json.loads(head["mean"]) == list(data.normalization.mean)
    assert json.loads(head["classes"]) == list(data.class_names)
    assert head["input"] == "float32 [N, 1, 8, 8]"
    assert "pixels from 0 to 255" in network.input_words()
    bare = TakenNetwork("run", 7, tiny(), data.class_names, network.weights, None)
    assert "not known here" in bare.input_words()
    assert "mean" not in bare.facts()
    assert safetensors.torch.load(safetensors_file(bare)).keys()


def test_graphs_take_any_number_of_images_and_say_the_same() -> None:
    experiment = tiny(model__batch_norm=True, model__dropout=0.5, training__batch_size=32)
    network, inputs = taken(experiment), inputs_of(experiment)
    extra = {"facts.json": ""}
    program = torch.export.load(BytesIO(exported_file(network)), extra_files=extra)
    assert json.loads(extra["facts.json"]) == network.facts()
    with torch.inference_mode():
        for count in (1, 5):
            mine = network.model()(inputs[:count])
            torch.testing.assert_close(program.module()(inputs[:count]), mine, rtol=0, atol=1e-5)
    content, measured = onnx_file(network)
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model)
    assert {each.key: each.value for each in model.metadata_props} == network.facts()
    assert model.doc_string == network.input_words()
    session = onnxruntime.InferenceSession(content)
    [logits] = session.run(None, {"images": inputs.numpy()})
    torch.testing.assert_close(torch.from_numpy(logits), mine, rtol=0, atol=1e-5)
    assert measured.images == len(data_of(experiment).validation)
    assert 0 <= measured.probabilities <= measured.logits < 1e-4
    assert f"{measured.logits:.1e}" in measured.words
    moved = {**network.weights, "output.bias": network.weights["output.bias"] + 1.5}
    other = TakenNetwork("run", 7, experiment, network.class_names, moved, network.images)
    assert difference(content, other).logits == pytest.approx(1.5, abs=1e-4)
    assert difference(content, other).probabilities < 1e-4


def test_a_convolution_is_exported_for_any_number_of_images() -> None:
    experiment = tiny(model__architecture="simple_cnn", model__hidden_sizes=(4,))
    network, inputs = taken(experiment), inputs_of(experiment)
    program = torch.export.load(BytesIO(exported_file(network)))
    with torch.inference_mode():
        mine = network.model()(inputs)
        torch.testing.assert_close(program.module()(inputs), mine, rtol=0, atol=1e-5)
