"""Inspection: what a network looks like before it is trained, without allocating it."""

from __future__ import annotations

from playground.engine.models.layer_shapes import blueprint, parameter_count, shown_layers
from playground.engine.models.layers import ImageShape
from playground.engine.runs.memory import check_memory, memory_needed
from playground.experiment import Experiment, catalog
from playground.experiment.pitfalls import image_counts
from playground.experiment.settings import DataSettings
from playground.run.records import ModelSummary

__all__ = ["check_memory", "describe", "image_shape_of"]


def describe(
    experiment: Experiment,
    image_shape: ImageShape | None = None,
    class_count: int | None = None,
) -> ModelSummary:
    """Return the experiment's network layer by layer, and the memory a run of it needs.

    Image shape `(C, H, W)` and class count are the catalogue's, unless given. Raises
    `ModelDoesNotFit` where the network cannot work on images of this size.
    """
    shape = image_shape or image_shape_of(experiment.data)
    classes = class_count or len(catalog.DATASETS[experiment.data.dataset].class_names)
    model = blueprint(experiment.model, shape, classes)
    summary = ModelSummary(parameter_count(model), shape, shown_layers(model, shape))
    training_images = image_counts(experiment)[0]
    return ModelSummary(
        summary.parameters,
        summary.input_shape,
        summary.layers,
        memory_needed(experiment, summary, training_images) / 1e6,
    )


def image_shape_of(settings: DataSettings) -> ImageShape:
    """Return `(C, H, W)` of the images as the network sees them: the data set's, or resized."""
    channels, height, width = catalog.DATASETS[settings.dataset].image_shape
    size = settings.image_size
    return (channels, size, size) if size else (channels, height, width)
