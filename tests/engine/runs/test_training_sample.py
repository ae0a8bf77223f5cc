from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from running import assert_same, epochs_of, of_kind, run
from tiny import TRAINING_IMAGES, data_of, state_of, tiny

from playground.engine.runs import training_sample
from playground.engine.runs.checkpoint import CheckpointFolder
from playground.run.artifacts import PROBABILITIES, TRAINING_PROBABILITIES
from playground.run.folder import RunFolder
from playground.run.records import StartedRecord
from playground.service.predictions import ValidationImages, images_of

pytestmark = pytest.mark.usefixtures("few_digits")


def sample_of(records: list[object]) -> ValidationImages:
    [started] = of_kind(StartedRecord, records)
    found = images_of("training", started.training_key)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {"model__dropout": 0.5, "model__batch_norm": True, "data__augmentation": "crop"},
        {"model__architecture": "simple_cnn", "model__hidden_sizes": [4]},
        {"training__precision": "mixed"},
    ],
)
def test_what_is_said_of_training_images_is_kept_after_every_epoch_and_changes_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    monkeypatch.setattr(training_sample, "_PORTION", 25)
    setup = tiny(**changes)
    records = run(setup, tmp_path)
    assert_same(epochs_of(records), epochs_of(run(setup)))
    folder = RunFolder(tmp_path)
    assert folder.epochs(TRAINING_PROBABILITIES) == folder.epochs(PROBABILITIES) == [0, 1, 2]
    said = folder.array(TRAINING_PROBABILITIES, 2)
    assert said is not None
    state = state_of(setup)
    saved = CheckpointFolder(tmp_path).load()
    assert saved is not None
    state.model.load_state_dict(saved["model"])
    state.model.eval()
    images, _ = state.train.slice(0, TRAINING_IMAGES)
    with torch.inference_mode(), torch.autocast("cpu", enabled="training__precision" in changes):
        expected = state.model(images).float().softmax(1)
    np.testing.assert_allclose(said, expected, atol=2e-3)
    data, sample = data_of(setup), sample_of(records)
    np.testing.assert_array_equal(sample.images, data.train.inputs)
    np.testing.assert_array_equal(sample.indices, data.train_indices)


def test_of_many_images_a_fixed_sample_is_looked_at_with_the_same_share_of_each_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_sample, "LARGEST_SAMPLE", 20)
    samples = [
        sample_of(run(tiny(training__epochs=1, training__seed=seed), tmp_path / str(seed)))
        for seed in (0, 1)
    ]
    np.testing.assert_array_equal(samples[0].indices, samples[1].indices)
    labels, data = samples[0].labels, data_of(tiny())
    share = np.bincount(data.train.labels, minlength=10) / 3
    assert len(labels) == 20
    assert (abs(np.bincount(labels, minlength=10) - share) < 1).all()
    shares = RunFolder(tmp_path / "0").array(TRAINING_PROBABILITIES, 1)
    assert shares is not None
    assert shares.shape == (20, 10)


def test_labels_are_those_that_the_network_was_told(tmp_path: Path) -> None:
    setup = tiny(training__epochs=1, training__pitfalls=["noisy_labels"])
    sample, truth = sample_of(run(setup, tmp_path)), data_of(tiny()).train.labels.numpy()
    assert (sample.labels != truth).sum() == 12


def test_where_nobody_looks_no_image_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_INSPECTION", "0")
    [started] = of_kind(StartedRecord, run(tiny(), tmp_path))
    assert started.validation_key
    assert not started.training_key
