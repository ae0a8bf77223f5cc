"""Preflight: whether a run can be, from its experiment alone and before any image is read."""

from __future__ import annotations

from playground.engine.machine.runtime import choose_devices
from playground.engine.models.layer_shapes import blueprint
from playground.engine.runs.inspection import describe
from playground.engine.runs.memory import check_memory
from playground.engine.training.batches import check_batches
from playground.experiment import Experiment, catalog
from playground.experiment.data_checks import check_training_images
from playground.experiment.pitfalls import image_counts
from playground.experiment.settings import split_sizes
from playground.run.records import ModelSummary


def preflight(experiment: Experiment) -> ModelSummary:
    """Return the network's summary.

    Raises `ModelDoesNotFit` where the network suits neither the images nor the memory,
    `InvalidExperiment` where it cannot be trained on batches of this size, and
    `DeviceUnavailable` where the machine has no such device.
    """
    device = choose_devices(experiment.training.device, experiment.training.devices)[0]
    data = experiment.data
    entry = catalog.DATASETS[data.dataset]
    is_counted = not data.classes or entry.name in catalog.DATASETS.built_in
    if is_counted:  # else they are, when they have been read
        check_training_images(data.training_images, split_sizes(data)[0], entry.label)
    summary = describe(experiment)
    counts = image_counts(experiment)
    classes = summary.layers[-1].output_shape[0]
    model = blueprint(experiment.model, summary.input_shape, classes)
    if is_counted:
        settings = experiment.training
        check_batches(counts[0], settings.batch_size, model, settings.devices)
    check_memory(experiment, summary, counts, device)
    return summary
