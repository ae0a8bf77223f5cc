"""Range test: one step with each learning rate, from far too small to far too large."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator

from torch import Tensor

from playground.engine.training.batches import batch_indices, epoch_order, gradient_shares
from playground.engine.training.step import eager_step
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls, real_optimizer
from playground.run.rate_test import RATES, has_risen


def range_test(
    experiment: Experiment, state: TrainingState
) -> Generator[int, None, tuple[float, ...]]:
    """Return the loss before each step; yields after each batch how many steps are done.

    The network and the optimizer of `state` are used up. The schedule has no say: each step has
    its rate of `RATES`, which a pitfall may multiply as in a run. The method is that of Smith,
    "Cyclical learning rates for training neural networks", 2017.
    """
    step = eager_step(experiment, state.model, state.train.device)
    flaws = active_pitfalls(experiment)
    factor = real_optimizer(experiment).learning_rate / experiment.optimizer.learning_rate
    augmentation, shift = experiment.data.augmentation, experiment.data.crop_shift
    state.model.train(state.epoch == 0 or "eval_mode" not in flaws)
    losses: list[float] = []
    batches = _steps(experiment, state)
    for rate in RATES:
        if "not_zeroed" not in flaws:
            state.optimizer.zero_grad()
        loss, images = 0.0, 0
        for indices, share in next(batches):
            inputs = state.train.select(indices, augmentation, state.augmentation, shift)
            value, _ = step(inputs, state.train.labels[indices], share)
            loss += value.item() * len(indices)
            images += len(indices)
            yield len(losses)
        loss /= images
        if not math.isfinite(loss):
            break
        losses.append(loss)
        if has_risen(losses):
            break
        for group in state.optimizer.param_groups:
            group["lr"] = rate * factor
        state.optimizer.step()
    return tuple(losses)


def _steps(
    experiment: Experiment, state: TrainingState
) -> Iterator[list[tuple[Tensor, Tensor | None]]]:
    """Yield the batches of each step and what their gradients weigh, epoch after epoch."""
    size, together = experiment.training.batch_size, experiment.training.accumulation
    labels = state.train.labels
    while True:
        order = epoch_order(experiment, labels, state.order)
        batches = batch_indices(len(labels), size, state.model, order)
        pairs = list(zip(batches, gradient_shares(batches, together), strict=True))
        for first in range(0, len(pairs), together):
            yield pairs[first : first + together]
