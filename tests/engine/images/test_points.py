"""Inputs that are no images: two numbers each, from their file to predictions on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from asking import ask
from brought import bring, bring_points, points
from compared import experiment
from running import of_kind
from tiny import CPU, data_of, results, state_of

from playground.engine.images.data import drain
from playground.engine.images.image_feed import ImageFeed
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.runs.execution import execute
from playground.engine.runs.journal import Beginning
from playground.engine.runs.preflight import preflight
from playground.engine.runs.preview import preview
from playground.engine.training.training import train
from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import without_effect
from playground.lab.microscope import MicroscopeQuestion
from playground.run.folder import RunFolder
from playground.run.image_sets import ImageSet
from playground.run.records import EpochRecord, StartedRecord


@pytest.fixture(autouse=True)
def _points(playground_home: Path) -> None:
    bring_points()


ON_POINTS = {
    "data__dataset": "points",
    "model__hidden_sizes": [16],
    "optimizer__learning_rate": 0.03,
    "training__epochs": 30,
    "training__batch_size": 32,
    "training__device": "cpu",
}


def on_points(**changes: Any) -> Experiment:
    return experiment(**{**ON_POINTS, **changes})


def test_the_split_gives_each_class_its_share_and_the_points_at_the_positions() -> None:
    data, everything = data_of(on_points()), points()
    assert data.counts == (204, 36)
    assert data.input_shape == (2,)
    assert torch.bincount(data.train.labels).tolist() == [102, 102]
    assert torch.equal(data.train.inputs, everything.inputs[data.train_indices])
    assert torch.equal(data.validation.inputs, everything.inputs[data.validation_indices])
    assert data.train.inputs.dtype == torch.float32


@pytest.mark.parametrize("name", catalog.NORMALIZATIONS.names)
def test_each_normalization_is_of_the_two_numbers_one_by_one(name: str) -> None:
    own = {"data__mean": [5.0, -3.0], "data__std": [10.0, 2.0]}
    setup = on_points(data__normalization=name, **own)
    data = data_of(setup)
    raw = data.train.inputs.double().numpy()
    low, high = raw.min(0), raw.max(0)
    expected = {
        "dataset": (raw - raw.mean(0)) / raw.std(0),
        "symmetric": 2 * (raw - low) / (high - low) - 1,
        "unit": (raw - low) / (high - low),
        "none": raw,
        "custom": (raw - [5.0, -3.0]) / [10.0, 2.0],
    }[name]
    found = data.normalization.apply(data.train.inputs)
    assert found.numpy() == pytest.approx(expected, abs=1e-5)
    feed = state_of(setup, data).train
    assert torch.equal(feed.slice(0, 204)[0], found)
    assert torch.equal(feed.select(torch.tensor([7, 3]), "none", torch.Generator()), found[[7, 3]])


def test_numbers_of_one_value_are_shifted_to_zero_and_not_divided() -> None:
    flat = Dataset(torch.full((20, 2), 7.0), torch.arange(20) % 2, ("a", "b"))
    bring("flat", Source(flat, flat))
    for name in ("dataset", "unit", "symmetric"):
        data = data_of(
            on_points(data__dataset="flat", data__normalization=name, training__batch_size=4)
        )
        assert data.normalization.apply(data.train.inputs).abs().sum() == 0


def test_a_feed_of_numbers_is_never_kept_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.engine.images.image_feed._CACHED_BYTES", 0)
    data = data_of(on_points())
    feed = ImageFeed(data.train, data.normalization, CPU, channels_last=False)
    assert torch.equal(feed.slice(0, 99)[0], data.normalization.apply(data.train.inputs[:99]))


def test_a_network_learns_what_no_line_parts() -> None:
    [*_, line] = train(line := on_points(model__architecture="linear"), state_of(line))
    [*_, curve] = train(setup := on_points(), state_of(setup))
    assert isinstance(line, EpochRecord) and isinstance(curve, EpochRecord)
    assert line.validation_accuracy < 0.8
    assert curve.validation_accuracy > 0.95


@pytest.mark.parametrize(
    "changes",
    [
        {"training__precision": "mixed"},
        {"model__batch_norm": True, "model__dropout": 0.2},
        {"data__validation": "official", "training__train_accuracy": "after_epoch"},
        {"data__training_images": 50},
        *({"training__pitfalls": [name]} for name in catalog.PITFALLS.names),
    ],
    ids=str,
)
def test_what_can_be_done_with_images_can_be_done_with_points(changes: dict[str, Any]) -> None:
    setup = on_points(training__epochs=2, **changes)
    preflight(setup)
    [*_, last] = execute(setup)
    assert isinstance(last, EpochRecord)
    assert last.epoch == 2


def test_a_run_leaves_predictions_and_goes_on_bit_for_bit(tmp_path: Path) -> None:
    setup, short = on_points(training__epochs=4), on_points(training__epochs=2)
    whole = list(execute(setup, tmp_path / "whole"))
    list(execute(short, tmp_path / "halved"))
    rest = execute(setup, tmp_path / "halved", begin=Beginning(resumes=True))
    assert results(list(rest)) == results(whole)[2:]
    [started] = of_kind(StartedRecord, whole)
    assert (started.training_images, started.validation_images) == (204, 36)
    assert (started.class_names, started.parameters) == (("inside", "outside"), 16 * 3 + 2 * 17)
    folder = ImageSet("validation", started.validation_key).folder
    assert np.load(folder / "images.npy").shape == (36, 2)
    predicted = RunFolder(tmp_path / "halved").array("probabilities", 4)
    right = (predicted.argmax(1) == np.load(folder / "labels.npy")).mean()
    assert right == pytest.approx(results(whole)[-1][4])


def test_the_preview_holds_the_numbers_before_and_after() -> None:
    setup = on_points()
    found = drain(preview(setup, download=False))
    assert found.image_shape == (2,)
    assert found.counts == {"train": (102, 102), "validation": (18, 18), "test": (30, 30)}
    samples = ImageSet("samples", found.samples_key)
    before, after = samples.array("before"), samples.array("after")
    assert before is not None
    assert after is not None
    assert before.shape == after.shape == (20, 2)
    assert np.array_equal(
        after, data_of(setup).normalization.apply(torch.from_numpy(before.copy()))
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"data__image_size": 16},
            "Image size 16 resizes images, and Points has none: leave the image size unchanged "
            "(null).",
        ),
        (
            {"data__augmentation": "crop_flip"},
            "The augmentation Crop and flip changes images, and Points has none: choose "
            "augmentation none.",
        ),
        *(
            (
                {"model__architecture": entry.name},
                f"{entry.label} looks at neighbouring pixels of images, and Points has none: "
                "choose Linear or MLP.",
            )
            for entry in catalog.ARCHITECTURES
            if entry.convolutional
        ),
    ],
)
def test_what_needs_images_is_refused_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        on_points(**changes)
    assert str(caught.value) == sentence


def test_points_have_no_image_to_show() -> None:
    data = data_of(on_points())
    with pytest.raises(InvalidExperiment, match="Inputs of shape 2 are no images"):
        _ = data.train.images
    with pytest.raises(InvalidExperiment, match="choose a data set of images"):
        _ = data.image_shape


def test_a_lab_piece_that_looks_at_images_refuses_points_in_a_sentence() -> None:
    with pytest.raises(InvalidExperiment, match="are no images: choose a data set of images"):
        ask(MicroscopeQuestion(experiment=on_points()))


def test_raw_pixels_hide_nothing_where_there_are_none() -> None:
    assert "raw_pixels" in [pitfall.name for pitfall in without_effect(on_points())]
