"""Inspection: what a network looks like before it is trained, without allocating it."""

from __future__ import annotations

from playground.engine.models.layer_shapes import blueprint, parameter_count, shown_layers
from playground.engine.models.layers import InputShape
from playground.engine.runs.memory import memory_needed
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import image_counts
from playground.experiment.settings import DataSettings, resized
from playground.run.records import ModelSummary


def describe(
    experiment: Experiment,
    input_shape: InputShape | None = None,
    class_count: int | None = None,
    counts: tuple[int, int] | None = None,
) -> ModelSummary:
    """Return the experiment's network layer by layer, and the memory a run of it needs.

    The shape of an input, the number of classes and the `counts` of training and validation images
    are those of what was read, or else the catalogue's. Raises `ModelDoesNotFit` where the network
    cannot work on images of this size.
    """
    shape = input_shape or input_shape_of(experiment.data)
    classes = class_count or class_count_of(experiment.data)
    model = blueprint(experiment.model, shape, classes)
    summary = ModelSummary(parameter_count(model), shape, shown_layers(model, shape))
    needed = memory_needed(experiment, summary, counts or image_counts(experiment))
    return ModelSummary(summary.parameters, shape, summary.layers, needed / 1e6)


def class_count_of(settings: DataSettings) -> int:
    """Return how many classes there are to tell apart, by the catalogue."""
    return len(catalog.DATASETS[settings.dataset].labels(settings.classes))


def input_shape_of(settings: DataSettings) -> InputShape:
    """Return the shape of an input as the network sees it, by the catalogue: images resized."""
    return resized(catalog.DATASETS[settings.dataset].input_shape, settings.image_size)
