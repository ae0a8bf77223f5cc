"""Settings that suit the few images that people bring."""

from __future__ import annotations

from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.entries import DatasetEntry

_STEPS = 300  # in all, which is seconds for a small network
_SMALLEST = 16  # pixels of a side that three convolutions, each pooled, leave something of
_FEW = 200  # images of which 15 % would be too few to measure with


def suited_experiment(entry: DatasetEntry, draft: Experiment) -> Experiment:
    """Return a new experiment on a data set, computed on the device of the draft.

    A batch has at most a tenth of the images, and the epochs make some hundred steps.
    """
    images = entry.training_images
    batch = 2
    while batch < 64 and batch * 2 <= images / 10:
        batch *= 2
    changes = {
        "data.dataset": entry.name,
        "training.device": draft.training.device,
        "training.batch_size": batch,
        "training.epochs": min(40, max(5, round(_STEPS * batch / images))),
    }
    if images < _FEW:
        changes["data.validation_share"] = 0.25
    if entry.has_images and min(entry.input_shape[1:]) >= _SMALLEST:
        changes |= {"model.architecture": "simple_cnn", "model.hidden_sizes": [8, 16, 32]}
    try:
        return Experiment().replace(changes)
    except InvalidExperiment:
        return Experiment().replace({"data.dataset": entry.name})
