"""Pace: how long a batch takes at least, known before the first one is computed."""

from __future__ import annotations

from playground.engine.machine.runtime import choose_device, multiply_adds, threads_for
from playground.engine.runs.inspection import describe
from playground.errors import PlaygroundError
from playground.experiment import Experiment

# Forward and backward, of one thread, in multiply-adds of the forward pass: more than any network
# reached where it was measured (ResNet-18 25 thousand million, in mixed precision 49; a CNN 12).
_MULTIPLY_ADDS_PER_SECOND = 50_000_000_000


def least_seconds(experiment: Experiment) -> float:
    """Return how long a training batch takes at least, on this CPU; 0 where nothing tells."""
    try:
        device = choose_device(experiment.training.device)
        summary = describe(experiment)
    except PlaygroundError:  # the run itself says what is in its way
        return 0.0
    if device.type != "cpu" or experiment.training.devices > 1:  # else computed by others
        return 0.0
    batch_size = experiment.training.batch_size
    threads = threads_for(summary, batch_size, device)
    return multiply_adds(summary) * batch_size / (threads * _MULTIPLY_ADDS_PER_SECOND)
