"""Fixes: changes of settings that a run can have. Only here is read what somebody switched on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.fields import limits

Fix = Mapping[str, Any] | None

_RATE = "optimizer.learning_rate"
_CONVOLUTIONS_FROM = 16  # pixels: of smaller images a crop takes away too much


def legal(experiment: Experiment, changes: Mapping[str, Any]) -> Fix:
    """Return the changes where they make another experiment that a run can have; else None."""
    try:
        return changes if experiment.replace(changes) != experiment else None
    except InvalidExperiment:
        return None


def without_mistake(experiment: Experiment) -> Fix:
    """Return what takes back a mistake whose symptom was recorded; None where none was made."""
    training = experiment.training
    if training.mystery:
        return {"training.mystery": None}
    return {"training.pitfalls": []} if training.pitfalls else None


def rate_times(experiment: Experiment, factor: float, taken: float | None = None) -> Fix:
    """Return a learning rate so many times as large, within its limits.

    `taken` is the rate that the steps were really taken with: where it is not the one that was set
    and no schedule tells why, a mistake is taken back.
    """
    settings = experiment.optimizer
    if taken and settings.schedule == "constant" and not 0.5 < taken / settings.learning_rate < 2:
        return without_mistake(experiment)
    reach = limits(_RATE)
    rate = float(f"{settings.learning_rate * factor:.2g}")
    low, high = reach.minimum, reach.maximum
    rate = min(rate if high is None else float(high), rate) if high else rate
    return legal(experiment, {_RATE: max(rate, float(low or 0.0))})


def more_epochs(experiment: Experiment, factor: float = 2.5) -> Fix:
    """Return more epochs."""
    most = int(limits("training.epochs").maximum or 1)
    epochs = min(most, max(10, round(experiment.training.epochs * factor)))
    return legal(experiment, {"training.epochs": epochs})


def wider(experiment: Experiment) -> Fix:
    """Return hidden sizes of at least 64 units, or 16 channels, and four times what they were."""
    model = experiment.model
    entry = catalog.ARCHITECTURES[model.architecture]
    if "hidden_sizes" not in entry.uses:
        return legal(experiment, {"model.architecture": "mlp", "model.hidden_sizes": [128]})
    least = 16 if entry.convolutional else 64
    sizes = [min(512, max(least, 4 * size)) for size in model.hidden_sizes] or [128]
    return legal(experiment, {"model.hidden_sizes": sizes})


def one_batch(experiment: Experiment) -> Fix:
    """Return a run on a single batch, which any network that can learn learns by heart."""
    images = max(10, min(64, experiment.training.batch_size))
    return legal(
        experiment,
        {
            "data.training_images": images,
            "data.augmentation": "none",
            "model.dropout": 0.0,
            "training.batch_size": images,
            "training.epochs": 100,
        },
    )


def open_layers(experiment: Experiment) -> Fix:
    """Return layers that gradients and signals pass.

    Batch norm brings every layer's inputs back to size, whatever shrinks them: a function that is
    flat or weights that are small. Where there can be none, ReLU is the other way.
    """
    entry = catalog.ARCHITECTURES[experiment.model.architecture]
    normalized = {"model.batch_norm": True} if "batch_norm" in entry.uses else {}
    return legal(experiment, normalized) or legal(experiment, {"model.activation": "relu"})


def redrawn(experiment: Experiment) -> Fix:
    """Return first weights that are drawn in another way: what is ill from the start began so."""
    is_he = experiment.model.initialization == "he"
    return legal(experiment, {"model.initialization": "default" if is_he else "he"})
