"""Rules on steps that are too long, too short or too few.

Thresholds are measured on Digits: an MLP of 64 units, Adam and SGD with momentum, rates from a
hundredth to a hundred times the best, 20 epochs, three seeds.
"""

from __future__ import annotations

from math import isfinite, log10, sqrt

import numpy as np

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import legal, more_epochs, open_layers, rate_times
from playground.analysis.doctor.harm import (
    CHOSEN,
    falls_behind,
    has_fallen,
    has_risen,
    is_guessing,
    leaves_room,
)

_EXPLODED = 1e3  # AutoTrainer's

# Of a layer's weights at the start; in healthy runs none falls below a half.
_GONE = 0.1

# A step over all weights: DeepChecker and TorchMortem warn above 0.1. Rates that do harm begin with
# 0.31 to 1.4, the largest that do none with 0.21, and those are told as notes only.
_LONG, _VERY_LONG = 0.1, 0.25
_GOOD_STEP = 0.02  # of the first steps of rates that do best: 0.01 to 0.1

# The longest step of a run: rates that leave it behind have up to 0.0039, the smallest of those
# that do not 0.0046. DeepChecker's bound of 0.0001 finds them at a fortieth of that only.
_SHORT = 0.004

# By how much validation loss falls in the last third: runs that are done 0.18 at most, those
# stopped after 2 to 8 of 20 epochs 0.21 to 0.35.
_STILL_FALLING = 0.2

_LEVEL = 8  # epochs before which nothing is said to have levelled off

# And by how much beside the loss of guessing: those that are done by 0.02, those stopped by 0.05.
_WORTH = 0.03

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
        rate_times(evidence.experiment, 0.1, _taken(evidence)),
        "loss",
    )


def _taken(evidence: Evidence) -> float | None:
    """Return the learning rate of the first steps, as it was recorded."""
    for facts in evidence.rehearsed.values():
        if facts.learning_rate and isfinite(facts.learning_rate[0]):
            return facts.learning_rate[0]
    return evidence.records[0].learning_rate if evidence.records else None


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
    step = _longest_step(evidence)
    factor = 100.0 if step is not None and step < _SHORT / 4 else 0.1
    fix = rate_times(evidence.experiment, factor, _taken(evidence))
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
    first = _first_step(evidence)
    seen = [(record.epoch, record.update_ratio or 0.0) for record in evidence.records]
    long = [(epoch, ratio) for epoch, ratio in seen if isfinite(ratio) and ratio > _LONG]
    if first > _LONG:
        long.insert(0, (1, first))
    is_worse = falls_behind(evidence) or has_fallen(evidence) is not None
    if not long and seen and is_worse and _unstable(evidence) and has_risen(evidence):
        # Training itself gets worse: with a large momentum also steps of a common length do it.
        long = [max(seen, key=lambda each: each[1])]
    if last is None or not long:
        return None
    worse = evidence.records[0].train_loss > 1.1 * evidence.guessing
    harmed = (
        falls_behind(evidence)
        or has_fallen(evidence) is not None
        or _unstable(evidence)
        or has_risen(evidence)
    )
    if not harmed and not worse and max(ratio for _, ratio in long) < _VERY_LONG:
        return None
    epoch, ratio = long[0]
    longest = max(each for _, each in long)
    here = next((each for each in evidence.records if each.epoch == epoch), evidence.records[0])
    factor = min(0.3, max(0.01, _round(_GOOD_STEP / longest)))
    return Finding(
        "rate_too_high",
        harmed,
        epoch,
        f"In epoch {epoch} one step changes the weights by {100 * ratio:.0f} % of their length; "
        f"the training loss of that epoch is {here.train_loss:.2f}, at the end it "
        f"is {last.train_loss:.3f} and validation {100 * last.validation_accuracy:.1f} % right.",
        "Each step is too long: it jumps over what it should go down to.",
        0.82,
        rate_times(evidence.experiment, factor, _taken(evidence)),
        "loss",
    )


def _round(factor: float) -> float:
    """Return the nearest of …, 0.3, 1, 3, 10, … on a logarithmic scale."""
    halves = round(2 * log10(factor))
    return float(f"{10 ** (halves / 2):.0g}")


def _first_step(evidence: Evidence) -> float:
    """Return how long the first steps of a run are over all weights, the middle one of a few."""
    for epoch, facts in evidence.rehearsed.items():
        ratios = [each for each in facts.update_ratios if isfinite(each)]
        if epoch <= 1 and ratios:
            return float(np.median(ratios))
    return 0.0


def _longest_step(evidence: Evidence) -> float | None:
    ratios = [record.update_ratio for record in evidence.records if record.update_ratio is not None]
    return max(filter(isfinite, ratios), default=None)


def _unstable(evidence: Evidence) -> bool:
    """Whether the training loss ends well above where it has been, and not near zero."""
    losses = [record.train_loss for record in evidence.records]
    late = float(np.mean(losses[-max(1, len(losses) // 5) :]))
    return late > 1.5 * min(losses) and late > 0.05


def rate_too_low(evidence: Evidence) -> Finding | None:
    """Steps that are short beside the weights, in a run that is far from its end."""
    last, step, fall = evidence.last, _longest_step(evidence), _fall(evidence)
    if last is None or step is None or not evidence.is_ripe or not 0 < step < _SHORT:
        return None
    if fall is None or not _is_clear(fall):
        return None
    far = fall[2] > evidence.guessing * 0.3 and step < _SHORT / 3
    if fall[0] < _STILL_FALLING * fall[2] / (1 - _STILL_FALLING) and not far:
        return None
    if last.validation_accuracy >= 0.97:
        return None
    factor = min(100.0, max(3.0, _round(_GOOD_STEP / 2 / step)))
    return Finding(
        "rate_too_low",
        True,
        1,
        f"The longest step measured changes the weights by {100 * step:.2g} % of their length, and "
        f"after {len(evidence.records)} epochs the validation loss, {fall[2]:.3f}, still falls "
        "steadily.",
        "Each step is so short that the run ends long before it arrives.",
        0.74,
        rate_times(evidence.experiment, factor, _taken(evidence)),
        "loss",
    )


def stopped_early(evidence: Evidence) -> Finding | None:
    """A run that ended while it was still getting better."""
    fall = _fall(evidence)
    if fall is None or not (evidence.is_over and evidence.is_complete):
        return None
    if not _is_clear(fall) or fall[0] < _STILL_FALLING * (fall[0] + fall[2]):
        return None
    if fall[0] < _WORTH * evidence.guessing:
        return None
    epochs = len(evidence.records)
    return Finding(
        "stopped_early",
        leaves_room(evidence),
        epochs,
        f"In the last third of {epochs} epochs the validation loss fell by "
        f"{fall[0]:.3f} ± {fall[1]:.3f} (paired over the images) to {fall[2]:.3f}.",
        "The network was still learning when the planned epochs were over.",
        0.62,
        more_epochs(evidence.experiment),
        "loss",
    )


def levelled_off(evidence: Evidence) -> bool:
    """Whether the run is over its fast fall, and that not for want of longer steps."""
    fall, step = _fall(evidence), _longest_step(evidence)
    if fall is None or (step is not None and step < _SHORT / 3):
        return False
    return len(evidence.records) >= _LEVEL and fall[0] < _STILL_FALLING * (fall[0] + fall[2])


def _fall(evidence: Evidence) -> tuple[float, float, float] | None:
    """Return by what validation loss fell in the last third, its error, and what it is now."""
    last = evidence.last
    if last is None or last.epoch not in evidence.places:
        return None
    earlier = last.epoch + -last.epoch // 3  # of four epochs the last two
    known = [epoch for epoch in evidence.places if 0 <= epoch <= earlier]
    if not known:
        return None
    before, after = (evidence.losses[evidence.places[epoch]] for epoch in (max(known), last.epoch))
    differences = before - after
    error = float(differences.std() / sqrt(len(differences)))
    return float(differences.mean()), error, float(after.mean())


def _is_clear(fall: tuple[float, float, float]) -> bool:
    return fall[0] > 0 and fall[0] > CHOSEN * fall[1]


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
    fix = rate_times(evidence.experiment, 1 / 3, _taken(evidence))
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
