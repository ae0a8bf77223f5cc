"""Divergence: the sentence on a loss that is no number any more."""

from __future__ import annotations

import math

from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls


def diverged(value: float, experiment: Experiment, epoch: int, batch: int | None) -> str:
    """Return what to say of a loss that is not finite, in a batch or (None) in the validation."""
    what = "NaN (not a number)" if math.isnan(value) else "infinite"
    place = f"epoch {epoch}, batch {batch}" if batch else f"the validation of epoch {epoch}"
    rate = experiment.optimizer.learning_rate
    if active_pitfalls(experiment):  # no word on which: it may be hidden
        advice = "this may be the doing of the run's pitfall, so train without it to compare"
    elif rate / 10 < 1e-5:
        advice = "try another normalization or initialization"
    else:
        advice = f"learning rate {rate:g} is likely too high, try {rate / 10:g}"
    return f"The loss became {what} in {place}: {advice}."
