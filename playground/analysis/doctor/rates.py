"""Rules on steps that are too long, or that lead nowhere.

Thresholds are measured on Digits: an MLP of 64 units, Adam and SGD with momentum, rates from a
hundredth to a hundred times the best, 20 epochs, three seeds.
"""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, open_layers, rate_times
from playground.analysis.doctor.harm import (
    falls_behind,
    has_fallen,
    has_risen,
    is_guessing,
    leaves_room,
)
from playground.analysis.doctor.steps import (
    GOOD_STEP,
    SHORT_STEP,
    first_step,
    is_unstable,
    longest_step,
    rate_taken,
    rounded,
)
from playground.analysis.wording import loss_text

_EXPLODED = 1e3  # AutoTrainer's

# Of a layer's weights at the start; in healthy runs none falls below a half.
_GONE = 0.1

# A step over all weights: DeepChecker and TorchMortem warn above 0.1. Rates that do harm begin with
# 0.31 to 1.4, the largest that do none with 0.21, and those are told as notes only.
_LONG, _VERY_LONG = 0.1, 0.25

# Of the loss of guessing: a run that comes no further has learned nothing worth telling.
_LEARNED = 0.05

# AutoTrainer's share of epochs, and points of accuracy; so many standard errors besides, as it
# knows no small validation sets.
_SWINGING, _SWING, _CLEAR_SWING = 0.2, 0.03, 4.0


def diverged(evidence: Evidence) -> Finding | None:
    """A loss that is no number any more, or a huge one."""
    epoch = next(
        (
            record.epoch
            for record in evidence.records
            if not (isfinite(record.train_loss) and isfinite(record.validation_loss))
        ),
        0,
    )
    last = evidence.last
    if evidence.status == "failed" and "The loss became" in evidence.message:
        seen, epoch = evidence.message.partition(":")[0] + ".", len(evidence.records) + 1
    elif epoch:
        seen = f"In epoch {epoch} the loss is no number any more."
    elif last and max(last.train_loss, last.validation_loss) >= _EXPLODED:
        epoch = last.epoch
        seen = f"After epoch {epoch} the loss is {max(last.train_loss, last.validation_loss):,.0f}."
    else:
        return None
    return Finding(
        "diverged",
        True,
        epoch,
        seen,
        "Each step overshot by more than the one before, until the numbers ran out.",
        0.9,
        rate_times(evidence.experiment, 0.1, rate_taken(evidence)),
        "loss",
    )


def not_learning(evidence: Evidence) -> Finding | None:
    """A loss that stays at that of guessing."""
    last = evidence.last
    if last is None or not evidence.is_ripe:
        return None
    is_pulled = evidence.experiment.optimizer.weight_decay > 0 and _shrunk(evidence)
    # One lucky epoch of many is no learning where the loss has never left that of guessing.
    if not is_guessing(evidence, at_the_end=True):
        return None
    lowest = min(record.train_loss for record in evidence.records)
    if not lowest > (1 - _LEARNED) * evidence.guessing:
        return None
    step = longest_step(evidence)
    factor = 100.0 if step is not None and step < SHORT_STEP / 4 else 0.1
    fix = rate_times(evidence.experiment, factor, rate_taken(evidence))
    model = evidence.experiment.model
    if factor < 1 and model.activation in ("sigmoid", "tanh") and len(model.hidden_sizes) > 1:
        fix = open_layers(evidence.experiment) or fix  # a smaller step helps no flat layers
    if is_pulled:
        fix = legal(evidence.experiment, {"optimizer.weight_decay": 0.0}) or fix
    return Finding(
        "not_learning",
        True,
        1,
        f"After {len(evidence.records)} epochs the training loss has not gone below {lowest:.3f}, "
        f"where guessing has {evidence.guessing:.3f}, and at the end "
        f"{100 * last.validation_accuracy:.1f} % are right, not clearly more than by naming one "
        f"class ({100 * evidence.chance:.1f} %).",
        "Nothing of the images gets through to the answers; whether the network can learn at all, "
        "a single batch learned by heart would tell.",
        # A symptom of much else, unless the weights themselves are gone.
        0.88 if is_pulled else 0.6,
        fix,
        "loss",
    )


def _shrunk(evidence: Evidence) -> bool:
    """Whether hardly anything is left of a layer's first weights."""
    if len(evidence.layers) < 2:
        return False
    pairs = zip(evidence.layers[0].layers, evidence.layers[-1].layers, strict=False)
    return any((last.weight_norm or 0) < _GONE * (first.weight_norm or 0) for first, last in pairs)


def rate_too_high(evidence: Evidence) -> Finding | None:
    """Steps that are long beside the weights, in a run that does badly."""
    last = evidence.last
    first = first_step(evidence)
    seen = [(record.epoch, record.update_ratio or 0.0) for record in evidence.records]
    long = [(epoch, ratio) for epoch, ratio in seen if isfinite(ratio) and ratio > _LONG]
    if first > _LONG:
        long.insert(0, (1, first))
    is_worse = falls_behind(evidence) or has_fallen(evidence) is not None
    if not long and seen and is_worse and is_unstable(evidence) and has_risen(evidence):
        # Training itself gets worse: with a large momentum also steps of a common length do it.
        long = [max(seen, key=lambda each: each[1])]
    if last is None or not long:
        return None
    worse = evidence.records[0].train_loss > 1.1 * evidence.guessing
    is_rough = is_unstable(evidence) or has_risen(evidence)
    harmed = (
        falls_behind(evidence)
        or has_fallen(evidence) is not None
        or (is_rough and leaves_room(evidence))
    )
    if not (harmed or is_rough or worse) and max(ratio for _, ratio in long) < _VERY_LONG:
        return None
    epoch, ratio = long[0]
    longest = max(each for _, each in long)
    here = next((each for each in evidence.records if each.epoch == epoch), evidence.records[0])
    factor = min(0.3, max(0.01, rounded(GOOD_STEP / longest)))
    return Finding(
        "rate_too_high",
        harmed,
        epoch,
        f"In epoch {epoch} one step changes the weights by {100 * ratio:.0f} % of their length; "
        f"the training loss of that epoch is {loss_text(here.train_loss)}, at the end it "
        f"is {loss_text(last.train_loss)} and validation "
        f"{100 * last.validation_accuracy:.1f} % right.",
        "Each step is too long: it jumps over what it should go down to.",
        0.82,
        rate_times(evidence.experiment, factor, rate_taken(evidence)),
        "loss",
    )


def oscillating(evidence: Evidence) -> Finding | None:
    """Accuracy that swings from epoch to epoch by more than chance."""
    shares = [record.validation_accuracy for record in evidence.records]
    if len(shares) < 6 or not all(map(isfinite, shares)):
        return None
    steps = np.diff(shares)
    errors = np.array([evidence.error(share) for share in shares[1:]]) * sqrt(2)
    large = (np.abs(steps) >= _SWING) & (np.abs(steps) > _CLEAR_SWING * errors)
    # A swing goes back: what only rises is learning.
    back = steps < 0
    swings = large & (back | np.append(back[1:], False) | np.insert(back[:-1], 0, False))
    count = int(swings.sum())
    if count < _SWINGING * len(shares) or not (swings & back).any():
        return None
    settings = evidence.experiment.optimizer
    fix = rate_times(evidence.experiment, 1 / 3, rate_taken(evidence))
    if settings.momentum > 0.95 and settings.name in ("sgd", "rmsprop"):
        fix = legal(evidence.experiment, {"optimizer.momentum": 0.9})
    worst = float(np.abs(steps[swings]).max())
    return Finding(
        "oscillating",
        falls_behind(evidence) or has_fallen(evidence) is not None,
        int(np.flatnonzero(swings)[0]) + 2,
        f"Validation accuracy swings by 3 points and more in {count} of {len(shares)} epochs, by "
        f"up to {100 * worst:.0f}.",
        "Steps go back and forth across what they should settle in.",
        0.66,
        fix,
        "accuracy",
    )
