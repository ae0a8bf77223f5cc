"""How long the steps of a run are beside its weights, and what its losses say of them."""

from __future__ import annotations

from math import isfinite, log10, sqrt

import numpy as np

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.harm import CHOSEN

# The longest step of a run: rates that leave it behind have up to 0.0039, the smallest of those
# that do not 0.0046. DeepChecker's bound of 0.0001 finds them at a fortieth of that only.
SHORT_STEP = 0.004

GOOD_STEP = 0.02  # of the first steps of rates that do best: 0.01 to 0.1


def rate_taken(evidence: Evidence) -> float | None:
    """Return the learning rate of the first steps, as it was recorded."""
    for facts in evidence.rehearsed.values():
        if facts.learning_rate and isfinite(facts.learning_rate[0]):
            return facts.learning_rate[0]
    return evidence.records[0].learning_rate if evidence.records else None


def first_step(evidence: Evidence) -> float:
    """Return how long the first steps of a run are over all weights, the middle one of a few."""
    for epoch, facts in evidence.rehearsed.items():
        ratios = [each for each in facts.update_ratios if isfinite(each)]
        if epoch <= 1 and ratios:
            return float(np.median(ratios))
    return 0.0


def longest_step(evidence: Evidence) -> float | None:
    """Return the longest step that was measured, beside the weights; None where none was."""
    ratios = [record.update_ratio for record in evidence.records if record.update_ratio is not None]
    return max(filter(isfinite, ratios), default=None)


def rounded(factor: float) -> float:
    """Return the nearest of …, 0.3, 1, 3, 10, … on a logarithmic scale."""
    halves = round(2 * log10(factor))
    return float(f"{10 ** (halves / 2):.0g}")


def is_unstable(evidence: Evidence) -> bool:
    """Whether the training loss ends well above where it has been, and not near zero."""
    losses = [record.train_loss for record in evidence.records]
    late = float(np.mean(losses[-max(1, len(losses) // 5) :]))
    return late > 1.5 * min(losses) and late > 0.05


def late_fall(evidence: Evidence) -> tuple[float, float, float] | None:
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


def is_clear(fall: tuple[float, float, float]) -> bool:
    """Whether a fall is more than its error explains."""
    return fall[0] > 0 and fall[0] > CHOSEN * fall[1]
