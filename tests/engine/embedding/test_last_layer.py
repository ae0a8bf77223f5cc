"""The last hidden layer of a run: what goes into it, who is near, and how much is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from asking import ask as asked
from brought import bring_points
from tiny import data_of, tiny, use_few_digits
from torch import nn

from playground.engine.embedding.last_layer import Effort, effort, inputs_of, last_linear
from playground.engine.images.data import drain, prepare_data
from playground.engine.images.shelf import DataShelf
from playground.engine.images.sources.loading import load_dataset
from playground.engine.inspect.networks import network_of_epoch
from playground.engine.models.building import build_model
from playground.engine.runs.execution import execute
from playground.errors import CheckpointMissing, InvalidExperiment
from playground.experiment import Experiment
from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.run.home import run_folder
from playground.run.image_sets import ImageSet
from playground.run.last_layer import LastLayer, LastLayerQuestion
from playground.run.network_looks import NetworkAt

RUN = "looked-into"


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_digits(monkeypatch)


def train(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Experiment:
    """Train a run that keeps the weights of every epoch, however long writing them takes."""
    monkeypatch.setattr("playground.engine.runs.kept_weights._SHARE", 1e9)
    experiment = tiny(**changes)
    list(execute(experiment, run_folder(RUN)))
    return experiment


def ask(experiment: Experiment, epochs: tuple[int, ...] = (0, 1, 2), **inputs: Any) -> LastLayer:
    fingerprint = inputs.pop("fingerprint", data_of(experiment).fingerprint)
    return asked(LastLayerQuestion(RUN, experiment, fingerprint, epochs, **inputs), DataShelf())


def network_after(epoch: int, experiment: Experiment) -> nn.Module:
    data = data_of(experiment)
    return network_of_epoch(NetworkAt(RUN, epoch, experiment, data.fingerprint), data)


@pytest.mark.parametrize(
    ("architecture", "size", "is_input"), [("linear", 64, True), ("mlp", 8, False)]
)
def test_the_map_is_of_what_the_last_linear_layer_gets(
    monkeypatch: pytest.MonkeyPatch, architecture: str, size: int, is_input: bool
) -> None:
    experiment = train(monkeypatch, model__architecture=architecture, model__hidden_sizes=[12, 8])
    found = ask(experiment)
    images = len(data_of(experiment).validation)
    assert (found.layer.split(".")[-1], found.size, found.is_input) == ("output", size, is_input)
    assert found.epochs == (0, 1, 2)
    assert found.places.array.shape == (3, images, 2)
    assert found.nearest is not None
    assert found.nearest.array.shape == (3, images, 8)
    assert (found.candidate_count, found.training_count) == (60, 60)
    places = found.places.array
    if is_input:  # the inputs stay where they are
        np.testing.assert_allclose(places[0], places[2], atol=1e-3)
    else:
        assert np.abs(places[0] - places[2]).max() > 0.05
    assert all(0 < share <= 1 for share in found.shown)


def test_neighbours_are_those_that_distances_by_hand_name(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = train(monkeypatch, model__hidden_sizes=[8])
    found, data = ask(experiment, (2,), image=5), data_of(experiment)
    assert found.positions.array.tolist() == [5]
    model = network_after(2, experiment)
    _, layer, _ = last_linear(model)
    samples = ImageSet("samples", found.candidates)
    images, labels = samples.array("images"), samples.array("labels")
    assert images is not None
    assert labels is not None
    them = inputs_of(layer, model, data.normalization.apply(torch.tensor(images)))
    it = inputs_of(layer, model, data.normalization.apply(data.validation.inputs[5:6]))
    expected = torch.cdist(it, them)[0].argsort()[:8]
    assert found.nearest is not None
    assert found.nearest.array[0, 0].tolist() == expected.tolist()
    indices = samples.array("indices")
    assert indices is not None
    positions = {int(index): place for place, index in enumerate(data.train_indices)}
    own = [positions[int(index)] for index in indices]
    assert data.train.labels[own].tolist() == labels.tolist()


def test_an_image_that_was_trained_on_is_its_own_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = train(monkeypatch, training__pitfalls=["unseparated"])
    found = ask(experiment, (2,))
    assert found.nearest is not None
    assert found.nearest.array[0, :, 0].tolist() == list(range(60))


def test_the_network_after_an_epoch_is_the_one_that_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = train(monkeypatch)
    shape = data_of(experiment).input_shape
    first = build_model(experiment.model, shape, 10, experiment.training.seed).state_dict()
    untrained = network_after(0, experiment).state_dict()
    assert all(torch.equal(untrained[name], value) for name, value in first.items())
    kept = RunFolder.of(RUN).arrays(WEIGHTS, 2)
    assert kept is not None
    model = network_after(2, experiment)
    assert not model.training
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, kept[name])


def test_what_cannot_be_looked_into_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = train(monkeypatch)
    with pytest.raises(CheckpointMissing, match="after epoch 7 of this run cannot be read"):
        ask(experiment, (7,))
    wider = experiment.replace({"model.hidden_sizes": [3]})
    with pytest.raises(CheckpointMissing, match="of epoch 1 are of another network"):
        ask(wider, (1,))
    with pytest.raises(InvalidExperiment, match="have changed on disk"):
        ask(experiment, fingerprint="other")
    with pytest.raises(InvalidExperiment, match="no validation image 500"):
        ask(experiment, image=500)
    with pytest.raises(InvalidExperiment, match="no question of the kind LastLayerQuestion"):
        ask(experiment, ())


def test_by_tsne_there_is_a_map_of_each_epoch_and_no_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = ask(train(monkeypatch), (1, 2), method="t-SNE")
    assert found.nearest is None
    assert found.shown == ()
    places = found.places.array
    assert np.isfinite(places).all()
    assert (places**2).sum(axis=2).mean(axis=1) == pytest.approx([2.0, 2.0], rel=1e-4)


def test_inputs_that_are_no_images_have_a_map_and_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("playground.engine.images.data.load_dataset", load_dataset)
    bring_points()
    experiment = train(monkeypatch, data__dataset="points", data__training_images=None)
    data = drain(prepare_data(experiment.data, experiment.training.seed))
    found = ask(experiment, (1,), fingerprint=data.fingerprint)
    assert found.places.array.shape == (1, len(data.validation), 2)
    images = ImageSet("samples", found.candidates).array("images")
    assert images is not None
    assert images.shape == (len(data.train), 2)


def test_large_networks_are_looked_at_in_fewer_epochs_and_then_in_fewer_images() -> None:
    epochs = tuple(range(51))
    assert effort(epochs, 1000, 2000, 10, 128, 10**9) == Effort(epochs, 1000, 2000)
    fewer = effort(epochs, 1000, 2000, 100_000, 128, 3 * 10**9)
    assert fewer == Effort((0, 6, 11, 17, 22, 28, 33, 39, 44, 50), 1000, 2000)
    few = effort(epochs, 1000, 2000, 1_000_000, 128, 3 * 10**9)
    assert few == Effort((0, 17, 33, 50), 250, 500)
    wide = effort((1,), 1000, 2000, 1, 100_000, 10**9)
    assert wide == Effort((1,), 166, 333)
    assert effort((1,), 1, 2000, 10**12, 128, 1) == Effort((1,), 1, 20)
