"""Preflight: whether a run can be, from its experiment alone and before any image is read."""

from __future__ import annotations

from playground.engine.inspection import describe
from playground.engine.memory import check_memory
from playground.engine.runtime import choose_device
from playground.experiment import Experiment
from playground.records import ModelSummary
from playground.settings import split_sizes


def preflight(experiment: Experiment) -> ModelSummary:
    """Return the network's summary.

    Raises `ModelDoesNotFit` where the network suits neither the images nor the memory, and
    `DeviceUnavailable` where the machine has no such device.
    """
    device = choose_device(experiment.training.device)
    summary = describe(experiment)
    images = experiment.data.training_images or split_sizes(experiment.data)[0]
    check_memory(experiment, summary, images, device)
    return summary
