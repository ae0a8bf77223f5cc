"""Questions about a run's network: asked as a page does, answered by the weights that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask
from running import of_kind, run
from tiny import data_of, state_of, tiny, use_few_digits

from playground.engine.images.shelf import DataShelf
from playground.engine.inspect.packing import numbers, pixels
from playground.engine.runs.kept_weights import weights_of
from playground.errors import CheckpointMissing, DatasetUnavailable, InvalidExperiment
from playground.experiment import Experiment
from playground.run.artifacts import PROBABILITIES, WEIGHTS, Artifact
from playground.run.folder import RunFolder
from playground.run.network_looks import (
    EveryLayer,
    Evidence,
    FeatureMaps,
    FirstLayer,
    NetworkAt,
    Packed,
    SayOfImages,
    WhatItLooksAt,
    WrongInputs,
)
from playground.run.records import StartedRecord

CNN = {"model__architecture": "simple_cnn", "model__hidden_sizes": [4, 6]}


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch, playground_home: object) -> Iterator[None]:
    use_few_digits(monkeypatch)
    yield


def trained(epochs: int = 2, **changes: Any) -> NetworkAt:
    """Train a run that keeps its checkpoint and predictions, and no weights but those put here."""
    experiment = tiny(training__epochs=epochs, optimizer__learning_rate=0.01, **changes)
    folder = RunFolder.of("seen")
    [started] = of_kind(StartedRecord, run(experiment, folder.path))
    for epoch in folder.epochs(WEIGHTS):
        folder.remove(WEIGHTS, epoch)
    return NetworkAt("seen", epochs, experiment, started.data_fingerprint)


def begun(**changes: Any) -> NetworkAt:
    """Return a run before its first epoch."""
    experiment = tiny(**changes)
    folder = RunFolder.of("begun")
    folder.put(Artifact(PROBABILITIES, 0, np.full((1, 10), 0.1, np.float16)))
    return NetworkAt("begun", 0, experiment, data_of(experiment).fingerprint)


def keep(at: NetworkAt, epoch: int, factor: float) -> None:
    """Keep the untrained weights times `factor` as those of an epoch."""
    model = state_of(at.experiment).model
    weights = {name: values * np.float32(factor) for name, values in weights_of(model).items()}
    RunFolder.of(at.run).put(Artifact(WEIGHTS, epoch, weights))


def first_weights(of: Experiment) -> np.ndarray:
    return next(state_of(of).model.parameters()).detach().numpy()


def maps(at: NetworkAt, position: int = 3) -> FeatureMaps:
    return ask(EveryLayer(at, position), DataShelf())


def evidence(at: NetworkAt, position: int = 3, target: int | None = None) -> Evidence:
    return ask(WhatItLooksAt(at, position, target), DataShelf())


def close(packed: Packed, values: object) -> bool:
    """Whether packed numbers are these, up to half of one of their steps."""
    return bool(np.abs(packed.numbers - np.asarray(values)).max() <= 0.51 * packed.reach / 127)


def test_packed_numbers_are_read_as_they_were_up_to_a_step() -> None:
    values = torch.tensor([[-2.0, 0.0, 0.5], [1.0, float("nan"), 2.0]])
    assert close(numbers(values), values.nan_to_num())
    assert numbers(torch.zeros(2, 2)).numbers.tolist() == [[0, 0], [0, 0]]
    bytes_ = torch.arange(6, dtype=torch.uint8).reshape(1, 2, 3)
    assert pixels(bytes_).numbers.tolist() == bytes_.tolist()
    with pytest.raises(ValueError, match="have not the shape"):
        _ = replace(pixels(bytes_), shape=(7,)).steps


def test_the_weights_are_those_of_the_nearest_epoch_kept() -> None:
    at = trained(model__hidden_sizes=[5])
    keep(at, 1, 2.0)
    own = first_weights(at.experiment).reshape(5, 1, 8, 8)
    at_one, at_zero = (ask(FirstLayer(replace(at, epoch=epoch)), DataShelf()) for epoch in (1, 0))
    assert (at_zero.epoch, at_zero.units, at_zero.layer) == (0, 5, "linear1")
    assert close(at_zero.weights, own)
    assert at_one.epoch == 1
    assert close(at_one.weights, 2 * own)
    RunFolder.of(at.run).put(Artifact(PROBABILITIES, 9, np.zeros((1, 10), np.float16)))
    assert ask(FirstLayer(at), DataShelf()).epoch == 1  # 2 is not the latest epoch any more


def test_of_the_latest_epoch_the_checkpoint_has_the_weights() -> None:
    at = trained(model__hidden_sizes=[5])
    found = ask(FirstLayer(at), DataShelf())
    assert found.epoch == 2
    saved = torch.load(RunFolder.of(at.run).checkpoint("last"), weights_only=True)["model"]
    assert close(found.weights, saved["linear1.weight"].reshape(5, 1, 8, 8))


def test_what_a_network_says_of_its_images_is_what_is_stored() -> None:
    at = trained(**CNN)
    stored = RunFolder.of(at.run).array(PROBABILITIES, 2)
    assert stored is not None
    found = evidence(at)
    assert found.target == stored[3].argmax()
    assert found.shares[0] == pytest.approx(float(stored[3].max()), abs=1e-3)
    zero = RunFolder.of(at.run).array(PROBABILITIES, 0)
    assert zero is not None
    assert found.shares[1] == pytest.approx(float(zero[3][found.target]), abs=1e-3)


def test_every_layer_comes_with_its_shape() -> None:
    found = maps(trained(**CNN))
    assert [(each.name, each.shape) for each in found.layers] == [
        ("conv1", (4, 8, 8)),
        ("relu1", (4, 8, 8)),
        ("pool1", (4, 4, 4)),
        ("conv2", (6, 4, 4)),
        ("relu2", (6, 4, 4)),
        ("pool2", (6, 2, 2)),
        ("flatten", (24,)),
        ("output", (10,)),
    ]
    by_name = {each.name: each.maps.numbers for each in found.layers}
    step = 2 * max(each.maps.reach for each in found.layers) / 127
    assert np.abs(by_name["relu1"] - by_name["conv1"].clip(0)).max() <= step
    assert by_name["output"].shape == (1, 1, 10)


def test_a_layer_of_a_residual_network_is_copied_before_the_next_one_writes_over_it() -> None:
    found = {each.name: each.maps for each in maps(begun(model__architecture="resnet18")).layers}
    assert found["bn1"].numbers.min() < 0 <= found["relu"].numbers.min()
    assert found["conv1"].shape == (16, 8, 8)
    assert found["avgpool"].shape == (1, 1, 512)


def test_evidence_comes_with_that_of_the_untrained_network() -> None:
    at = trained(**CNN)
    found = evidence(at)
    assert list(found.maps) == ["gradient", "smooth", "cam", "occlusion"]
    assert (found.epoch, found.seen) == (2, "relu2")
    untrained = evidence(replace(at, epoch=0), target=found.target)
    for name, (mine, control) in found.maps.items():
        assert mine.shape == control.shape == (8, 8)
        assert control == untrained.maps[name][0] == untrained.maps[name][1]
        assert mine.numbers.tolist() != control.numbers.tolist()
    flat = evidence(begun(model__hidden_sizes=[5]), target=7)
    assert list(flat.maps) == ["gradient", "smooth", "occlusion"]
    assert (flat.target, flat.seen) == (7, "")


def test_a_linear_networks_evidence_is_the_size_of_its_weights() -> None:
    at = begun(model__architecture="linear")
    found = evidence(at, target=6)
    assert close(found.maps["gradient"][0], np.abs(first_weights(at.experiment)[6].reshape(8, 8)))


def test_images_that_are_not_changed_get_the_stored_answers() -> None:
    at = trained()
    images = data_of(at.experiment).validation.inputs
    found = ask(SayOfImages(at, 0, pixels(images[:4])), DataShelf())
    assert found.epochs == (2, 0)
    for epoch, shares in zip(found.epochs, found.shares, strict=True):
        stored = RunFolder.of(at.run).array(PROBABILITIES, epoch)
        assert stored is not None
        assert np.allclose(shares, stored[:4], atol=1e-3)


def test_of_each_kind_of_wrong_input_is_told_what_the_network_says() -> None:
    at = trained(data__image_size=16)
    found = ask(WrongInputs(at, "digits"), DataShelf())
    assert list(found.kinds) == ["own", "noise", "other", "turned", "inverted"]
    own = found.kinds["own"]
    stored = RunFolder.of(at.run).array(PROBABILITIES, 2)
    assert stored is not None
    assert own.said == tuple(stored.argmax(axis=1).tolist())
    assert own.truth == found.kinds["turned"].truth == found.kinds["inverted"].truth
    assert found.kinds["noise"].truth == found.kinds["other"].truth == ()
    picture = own.images.numbers
    assert (found.kinds["inverted"].images.numbers == 255 - picture).all()
    assert (found.kinds["turned"].images.numbers == np.rot90(picture, axes=(2, 3))).all()
    for each in found.kinds.values():
        assert each.images.shape[1:] == (1, 16, 16)
        assert len(each.said) == len(each.sure)
        assert 0 < min(each.sure) <= max(each.sure) <= 1


def test_what_cannot_be_answered_is_told_in_a_sentence() -> None:
    at = trained()
    with pytest.raises(DatasetUnavailable, match="others now than when it was trained"):
        maps(replace(at, fingerprint="another"))
    with pytest.raises(InvalidExperiment, match="no validation image 99"):
        maps(at, position=99)
    with pytest.raises(InvalidExperiment, match="There is no class 10"):
        evidence(at, target=10)
    with pytest.raises(InvalidExperiment, match="no images of 1×8×8 pixels"):
        ask(SayOfImages(at, 0, pixels(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))), DataShelf())
    RunFolder.of(at.run).remove(PROBABILITIES, 0)  # as of a run that goes on from another one
    with pytest.raises(CheckpointMissing, match="epochs up to 1 are kept"):
        maps(replace(at, epoch=1))
    keep(at, 1, float("nan"))
    with pytest.raises(CheckpointMissing, match="epoch 1 are no numbers"):
        maps(replace(at, epoch=1))
    other = tiny(**CNN)
    with pytest.raises(CheckpointMissing, match="of another network"):
        maps(replace(at, epoch=1, experiment=other))


def test_an_image_that_is_brought_is_looked_at_as_the_validation_image_that_it_is() -> None:
    at = trained(**CNN)
    image = pixels(data_of(at.experiment).validation.inputs[3:4])
    looked = ask(WhatItLooksAt(at, 0, image=image), DataShelf())
    assert (
        looked == ask(WhatItLooksAt(at, 3), DataShelf()) != ask(WhatItLooksAt(at, 0), DataShelf())
    )
    said = ask(SayOfImages(at, at.epoch, image), DataShelf())
    assert said.epochs == (2,)
    assert said.shares[0][0][looked.target] == pytest.approx(looked.shares[0])
    with pytest.raises(InvalidExperiment, match="These are no images of 1×8×8 pixels"):
        ask(WhatItLooksAt(at, 0, image=Packed((1, 1, 4, 4), "AAAA")), DataShelf())
