"""Harm: whether a run does badly, measured by what it recorded itself."""

from __future__ import annotations

from math import isfinite, sqrt

from playground.analysis.doctor.evidence import Evidence

# A mistake that is certain leaves no harm to be seen where nearly all is right. Of Digits, whose
# best networks here reach 98 %, softmax twice with Adam costs one point in 20 epochs.
_NEARLY_ALL = 0.97

LARGE_RISE = 0.25
"""Of the lowest validation loss: what healthy runs on Digits do not rise by clearly."""

CLEAR = 2.0
"""Standard errors: what chance alone passes in one of forty runs, on one side."""

CHOSEN = 3.0
"""The same where the epoch was chosen among many for being the best: one in a thousand."""


def leaves_room(evidence: Evidence) -> bool:
    """Whether enough is wrong at the end that a mistake may have done it."""
    last = evidence.last
    return last is None or not last.validation_accuracy >= _NEARLY_ALL


def falls_behind(evidence: Evidence) -> bool:
    """Whether the network is clearly worse than a linear model, once it had time to be better.

    Where no linear model was fitted only guessing is known, and a network that does not get half
    way from there to all images does badly enough.
    """
    last = evidence.last
    if last is None or not evidence.is_ripe:
        return evidence.is_over
    share, error = evidence.reference
    accuracy = last.validation_accuracy
    if not isfinite(accuracy):
        return True
    if not error:
        return accuracy < (1 + evidence.chance) / 2
    return share - accuracy > CLEAR * sqrt(error**2 + evidence.error(accuracy) ** 2)


def is_guessing(evidence: Evidence, *, at_the_end: bool = False) -> bool:
    """Whether no epoch, or not the last, is clearly better than naming the largest class."""
    best = evidence.last if at_the_end else evidence.best
    if best is None or not evidence.is_ripe:
        return evidence.is_over
    return best.validation_accuracy <= evidence.chance + CHOSEN * evidence.error(evidence.chance)


def has_risen(evidence: Evidence) -> bool:
    """Whether the validation loss ends clearly and by a large part above its lowest.

    Of 60 healthy runs on Digits none rises by two standard errors and 25 % of its lowest.
    """
    rows = [evidence.places.get(record.epoch) for record in evidence.records]
    if evidence.answers is None or not rows or rows[-1] is None:
        return False
    known = [row for row in rows if row is not None]
    best = min(known, key=lambda row: float(evidence.losses[row].mean()))
    before, after = evidence.losses[best], evidence.losses[rows[-1]]
    rise = after - before
    error = float(rise.std()) / sqrt(len(rise))
    return float(rise.mean()) > max(CLEAR * error, LARGE_RISE * float(before.mean()))


def has_fallen(evidence: Evidence) -> tuple[int, float] | None:
    """Return since which epoch accuracy has fallen clearly, and by what share; None if it has not.

    Paired over the validation images where the answers are stored.
    """
    best, last = evidence.best, evidence.last
    if best is None or last is None or last is best:
        return None
    fall = best.validation_accuracy - last.validation_accuracy
    error = sqrt(2) * evidence.error(best.validation_accuracy)
    answers = evidence.answers
    rows = [evidence.places.get(each.epoch) for each in (best, last)]
    if answers is not None and None not in rows:
        before, after = (answers.right[row] for row in rows)
        differences = before.astype(float) - after
        fall, error = float(differences.mean()), float(differences.std() / sqrt(len(differences)))
    return (best.epoch, fall) if fall > 0 and fall > CHOSEN * error else None
