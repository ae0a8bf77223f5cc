"""The loss: one number for a batch of logits, by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor
from torch.nn import functional as F

from playground.experiment import Experiment
from playground.experiment.pitfalls import active_pitfalls

# Logits `[N, classes]`, labels `[N]` and "mean" or "sum" to a single number, in nats.
Criterion: TypeAlias = Callable[[Tensor, Tensor, str], Tensor]


def build_criterion(experiment: Experiment) -> Criterion:
    """Return the loss of the experiment, for training and validation alike."""
    criterion = CRITERIA[experiment.training.loss]
    if "softmax_twice" in active_pitfalls(experiment):
        return lambda logits, labels, reduction: criterion(logits.softmax(1), labels, reduction)
    return criterion


def cross_entropy(logits: Tensor, labels: Tensor, reduction: str) -> Tensor:
    """Return the negative logarithm of the probability of the true class."""
    return F.cross_entropy(logits, labels, reduction=reduction)


def negative_log_likelihood(logits: Tensor, labels: Tensor, reduction: str) -> Tensor:
    """Return the same number in two steps, as networks that end in a log-softmax have it."""
    return F.nll_loss(F.log_softmax(logits, 1), labels, reduction=reduction)


CRITERIA: dict[str, Criterion] = {
    "cross_entropy": cross_entropy,
    "nll": negative_log_likelihood,
}
