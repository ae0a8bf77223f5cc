"""Rules on runs that end before they have arrived."""

from __future__ import annotations

from playground.analysis.doctor.evidence import Evidence
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import more_epochs, rate_times
from playground.analysis.doctor.harm import leaves_room
from playground.analysis.doctor.steps import (
    GOOD_STEP,
    SHORT_STEP,
    is_clear,
    late_fall,
    longest_step,
    rate_taken,
    rounded,
)

# By how much validation loss falls in the last third: runs that are done 0.18 at most, those
# stopped after 2 to 8 of 20 epochs 0.21 to 0.35.
_STILL_FALLING = 0.2

_LEVEL = 8  # epochs before which nothing is said to have levelled off

# And by how much beside the loss of guessing: those that are done by 0.02, those stopped by 0.05.
_WORTH = 0.03


def rate_too_low(evidence: Evidence) -> Finding | None:
    """Steps that are short beside the weights, in a run that is far from its end."""
    last, step, fall = evidence.last, longest_step(evidence), late_fall(evidence)
    if last is None or step is None or not evidence.is_ripe or not 0 < step < SHORT_STEP:
        return None
    if fall is None or not is_clear(fall):
        return None
    far = fall[2] > evidence.guessing * 0.3 and step < SHORT_STEP / 3
    if fall[0] < _STILL_FALLING * fall[2] / (1 - _STILL_FALLING) and not far:
        return None
    if last.validation_accuracy >= 0.97:
        return None
    factor = min(100.0, max(3.0, rounded(GOOD_STEP / 2 / step)))
    return Finding(
        "rate_too_low",
        True,
        1,
        f"The longest step measured changes the weights by {100 * step:.2g} % of their length, and "
        f"after {len(evidence.records)} epochs the validation loss, {fall[2]:.3f}, still falls "
        "steadily.",
        "Each step is so short that the run ends long before it arrives.",
        0.74,
        rate_times(evidence.experiment, factor, rate_taken(evidence)),
        "loss",
    )


def stopped_early(evidence: Evidence) -> Finding | None:
    """A run that ended while it was still getting better."""
    fall = late_fall(evidence)
    if fall is None or not (evidence.is_over and evidence.is_complete):
        return None
    if not is_clear(fall) or fall[0] < _STILL_FALLING * (fall[0] + fall[2]):
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
    fall, step = late_fall(evidence), longest_step(evidence)
    if fall is None or (step is not None and step < SHORT_STEP / 3):
        return False
    return len(evidence.records) >= _LEVEL and fall[0] < _STILL_FALLING * (fall[0] + fall[2])
