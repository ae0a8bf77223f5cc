"""Preflight: whether a run can be, from its experiment alone and before any image is read."""

from __future__ import annotations

from playground.engine.machine.runtime import choose_device
from playground.engine.models.layer_shapes import blueprint
from playground.engine.runs.inspection import describe, image_shape_of
from playground.engine.runs.memory import check_memory
from playground.engine.training.batches import check_batches
from playground.experiment import Experiment
from playground.experiment.pitfalls import image_counts
from playground.run.records import ModelSummary


def preflight(experiment: Experiment) -> ModelSummary:
    """Return the network's summary.

    Raises `ModelDoesNotFit` where the network suits neither the images nor the memory,
    `InvalidExperiment` where it cannot be trained on batches of this size, and
    `DeviceUnavailable` where the machine has no such device.
    """
    device = choose_device(experiment.training.device)
    summary = describe(experiment)
    images = image_counts(experiment)[0]
    classes = summary.layers[-1].output_shape[0]
    model = blueprint(experiment.model, image_shape_of(experiment.data), classes)
    check_batches(images, experiment.training.batch_size, model)
    check_memory(experiment, summary, images, device)
    return summary
