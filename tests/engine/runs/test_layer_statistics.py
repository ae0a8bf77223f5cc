"""What is measured of the layers after an epoch: known truths, and that nothing comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from running import run
from tiny import results, state_of, tiny
from torch import nn

from playground.analysis.layer_statistics import LayerStatistics, read_layers
from playground.engine.machine.runtime import TorchState
from playground.engine.runs import layer_statistics as recording
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import Beginning
from playground.engine.runs.layer_watch import SAMPLE, sample
from playground.engine.runs.measured_epochs import measured_epochs
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment, catalog
from playground.run.artifacts import LAYERS
from playground.run.folder import RunFolder
from playground.run.records import EpochRecord

pytestmark = pytest.mark.usefixtures("few_digits")

RESTLESS: dict[str, Any] = {"model__dropout": 0.5, "model__batch_norm": True}


def layers_in(folder: Path) -> dict[int, LayerStatistics]:
    """Return what a run recorded of its layers, by epoch."""
    found = {}
    for epoch in RunFolder(folder).epochs(LAYERS):
        content = RunFolder(folder).arrays(LAYERS, epoch)
        read = read_layers(content, epoch) if content else None
        assert read is not None
        found[epoch] = read
    return found


def seen(of: Experiment, state: TrainingState) -> LayerStatistics:
    """Return what is measured of a network as it is in `state`."""
    state.model.eval()
    watching = recording.LayerStatistics(of, state)(state)
    while True:
        try:
            next(watching)
        except StopIteration as end:
            (artifact,) = end.value
            read = read_layers(artifact.content, state.epoch)
            assert read is not None
            return read


@pytest.mark.parametrize(
    "changes",
    [
        *({"training__pitfalls": [name]} for name in catalog.PITFALLS.names),
        {"training__precision": "mixed", "training__accumulation": 2},
        {"training__pitfalls": ["not_zeroed"], "training__batch_size": 40},
        {"model__architecture": "simple_cnn", "model__hidden_sizes": [4]},
    ],
    ids=str,
)
def test_a_run_gives_the_same_numbers_bit_for_bit_watched_or_not(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    of = tiny(**RESTLESS, **changes)
    watched = results(run(of, tmp_path))
    state = state_of(of)
    assert results(train(of, state)) == watched
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["model"]
    for name, value in state.model.state_dict().items():
        assert torch.equal(saved[name], value), name
    assert list(layers_in(tmp_path)) == [0, 1, 2]


def test_weights_gradients_and_outputs_are_those_of_the_network() -> None:
    of = tiny(model__hidden_sizes=[12], model__activation="tanh", training__batch_size=60)
    state = state_of(of)
    found = seen(of, state)
    hidden, output = found.layers
    assert (hidden.name, hidden.kind, hidden.activation, hidden.units) == (
        "linear1", "linear", "tanh", 12,
    )  # fmt: skip
    assert (output.name, output.activation, output.units) == ("output", "", 10)
    # All 60 images are on the probe, so the loss is that of all of them.
    images, labels = state.train.slice(0, 60)
    logits = state.model(images)
    loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    first: Any = state.model.get_submodule("linear1")
    outputs = first(images.flatten(1)).tanh().detach()
    assert found.probe.images == 60
    assert found.probe.loss == pytest.approx(loss.item(), rel=1e-5)
    assert hidden.gradient_norm == pytest.approx(first.weight.grad.norm().item(), rel=1e-4)
    assert hidden.gradient_std == pytest.approx(first.weight.grad.std().item(), rel=1e-2)
    assert hidden.weight_norm == pytest.approx(first.weight.norm().item(), rel=1e-5)
    assert hidden.weight_mean == pytest.approx(first.weight.mean().item(), rel=1e-3)
    assert hidden.output_std == pytest.approx(outputs.std().item(), rel=1e-3)
    assert hidden.output_max == pytest.approx(outputs.max().item(), rel=1e-5)
    counts, edges = np.histogram(outputs.numpy(), 32)
    assert hidden.outputs.low == pytest.approx(edges[0])
    assert np.abs(hidden.outputs.counts - counts).sum() <= 4  # of 720, on the edges of bins
    assert hidden.weights.counts.sum() == hidden.weight_count == 12 * 64
    assert output.output_mean == pytest.approx(logits.mean().item(), abs=1e-5)
    assert found.probe.input_std == pytest.approx(images.std().item(), rel=1e-3)
    assert found.probe.dropout_loss is None
    assert found.probe.tracked_batches is None


def test_silent_stuck_and_equal_units_are_counted() -> None:
    of = tiny(model__hidden_sizes=[12])
    state = state_of(of)
    first: Any = state.model.get_submodule("linear1")
    with torch.no_grad():
        first.bias[:5] = -1000
    hidden = seen(of, state).layers[0]
    assert (hidden.silent_units, hidden.stuck_units) == (5, 0)
    assert hidden.saturated_share is None
    assert (hidden.zero_share or 0) > 5 / 12
    assert 0.3 < (hidden.unit_variation or 0) < 1.1
    with torch.no_grad():
        first.bias.fill_(0.1)
        first.weight.fill_(0.1)
    assert seen(of, state).layers[0].unit_variation == pytest.approx(0, abs=1e-6)

    for activation in ("sigmoid", "tanh"):
        of = tiny(model__hidden_sizes=[12], model__activation=activation)
        state = state_of(of)
        first = state.model.get_submodule("linear1")
        with torch.no_grad():
            first.bias[:3] = 1000
        hidden = seen(of, state).layers[0]
        assert (hidden.silent_units, hidden.stuck_units) == (0, 3)
        assert (hidden.saturated_share or 0) >= 3 / 12


def test_a_channel_is_silent_where_it_is_so_at_every_place() -> None:
    of = tiny(model__architecture="simple_cnn", model__hidden_sizes=[6, 4])
    state = state_of(of)
    first: Any = state.model.get_submodule("conv1")
    with torch.no_grad():
        first.bias[:2] = -1000
    convolution = seen(of, state).layers[0]
    assert (convolution.kind, convolution.units, convolution.silent_units) == ("convolution", 6, 2)


def test_portions_measure_what_one_portion_does() -> None:
    whole, parts = (
        seen(of, state_of(of))
        for of in (tiny(training__batch_size=size, **RESTLESS) for size in (60, 8))
    )
    assert parts.probe.loss == pytest.approx(whole.probe.loss, rel=1e-5)
    assert parts.probe.dropout_loss == pytest.approx(whole.probe.dropout_loss, rel=1e-5)
    for one, two in zip(parts.layers, whole.layers, strict=True):
        assert one.gradient_norm == pytest.approx(two.gradient_norm, rel=1e-4)
        assert one.output_std == pytest.approx(two.output_std, rel=1e-4)
        assert one.silent_units == two.silent_units


def test_gradients_that_are_not_zeroed_add_up_and_the_measured_ones_do_not(tmp_path: Path) -> None:
    of = tiny(training__epochs=6, training__pitfalls=["not_zeroed"])
    run(of, tmp_path / "flawed")
    run(tiny(training__epochs=6), tmp_path / "healthy")
    for name, grows in (("flawed", True), ("healthy", False)):
        hidden = layers_in(tmp_path / name)[6].layers[0]
        ratio = (hidden.step_gradient_norm or 0) / (hidden.gradient_norm or 1)
        assert (ratio > 5) is grows, (name, ratio)


def test_wrong_modes_and_a_softmax_too_many_show(tmp_path: Path) -> None:
    flaws = ([], ["validated_in_train_mode"], ["eval_mode"], ["softmax_twice"])
    found = []
    for number, pitfalls in enumerate(flaws):
        run(tiny(**RESTLESS, training__pitfalls=pitfalls), tmp_path / str(number))
        found.append(layers_in(tmp_path / str(number))[2].probe)
    right, validated, left, twice = found
    assert right.tracked_batches == 2 * 4  # 60 images in batches of 16
    assert (validated.tracked_batches or 0) > 8 > (left.tracked_batches or 0) == 4
    assert right.loss == right.cross_entropy
    assert (twice.loss or 0) > 1.46
    assert twice.loss != pytest.approx(twice.cross_entropy, rel=1e-3)


def test_a_run_that_was_interrupted_leaves_what_an_undisturbed_one_does(tmp_path: Path) -> None:
    of = tiny(training__epochs=3, **RESTLESS)
    run(of, tmp_path / "undisturbed")
    with TorchState().active():
        records = execute(of, tmp_path / "resumed")
        while not isinstance(next(records), EpochRecord):
            pass
        records.close()
    run(of, tmp_path / "resumed", Beginning(fence=1, resumes=True))
    for epoch in range(4):
        one, two = (
            RunFolder(tmp_path / name).arrays(LAYERS, epoch) for name in ("undisturbed", "resumed")
        )
        assert one is not None
        assert two is not None
        for name, array in one.items():
            assert np.array_equal(array, two[name], equal_nan=array.dtype == np.float32), name


def test_which_epochs_are_measured_follows_from_the_experiment() -> None:
    def epochs(of: Experiment, model: nn.Module, images: int, shape: tuple[int, ...]) -> list[int]:
        return sorted(measured_epochs(of, model, torch.zeros(128, *shape), images))

    of = tiny(training__epochs=100, training__batch_size=60)
    small = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    assert epochs(of, small, 54_000, (1, 28, 28)) == list(range(101))
    large = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.Conv2d(64, 256, 3, padding=1))
    few = epochs(of, large, 1000, (3, 32, 32))
    assert few[0] == 0
    assert few[-1] == 100
    assert 2 <= len(few) <= 20
    assert epochs(of, large, 50_000, (3, 32, 32)) == list(range(101))
    short = tiny(training__epochs=1)
    assert epochs(short, large, 60, (3, 32, 32)) == [0, 1]


def test_a_sample_is_spread_over_all_inputs_of_all_units() -> None:
    values = torch.arange(1024 * 512.0).reshape(1024, 512)
    found = sample(values)
    assert 0.9 * SAMPLE / 2 < len(found) <= SAMPLE
    assert len((found % 512).unique()) == 512
    assert sample(values[:2]).tolist() == values[:2].flatten().tolist()
