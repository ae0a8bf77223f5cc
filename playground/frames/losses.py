"""Losses on a linear axis: where it ends, and what lies above it.

The end follows the rows, so that no specification changes while a run trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, isfinite
from statistics import median_low
from typing import NamedTuple

from playground.run.downsampling import BatchPoint
from playground.run.records import EpochRecord

_OFTEN = 4.0  # times the median: what is higher would press the rest flat


class Place(NamedTuple):
    """A loss by where it is on the epoch axis, and what it is the loss of."""

    epoch: float
    loss: float
    words: str = ""


def loss_text(loss: float) -> str:
    """Return a loss in nats with four significant digits, such as "0.1234"."""
    return f"{loss:.4g}" if isfinite(loss) else "–"


def loss_limit(losses: Iterable[float], guessing: float) -> float:
    """Return the largest loss that a linear axis makes room for.

    Twice the loss of `guessing` is always inside, and so is four times the median of the `losses`:
    a few wild ones do not press flat what one wants to read.
    """
    finite = [loss for loss in losses if isfinite(loss)]
    return min(max(2 * guessing, _OFTEN * median_low(finite) if finite else 0.0), 1e300)


def run_limit(
    records: Sequence[EpochRecord], batches: Sequence[BatchPoint], guessing: float
) -> float:
    """Return the `loss_limit` of a run: by its epochs, before the first one by its batches."""
    losses = [loss for record in records for loss in (record.train_loss, record.validation_loss)]
    return loss_limit(losses or [point.mean for point in batches], guessing)


def highest(losses: Iterable[float], limit: float, guessing: float) -> float:
    """Return where the axis ends: at the largest of the losses within the limit, or `guessing`."""
    return max([guessing, *(loss for loss in losses if isfinite(loss) and loss <= limit)])


def epoch_places(records: Iterable[EpochRecord], prefix: str = "") -> Iterator[Place]:
    """Yield the losses of the epochs; the words begin with `prefix`."""
    for record in records:
        for role, loss in (("train", record.train_loss), ("validation", record.validation_loss)):
            yield Place(record.epoch, loss, f"{prefix}{role} loss")


def batch_places(batches: Iterable[BatchPoint]) -> Iterator[Place]:
    """Yield the largest loss at each point of the batches."""
    return (Place(point.position, point.high, "batch loss") for point in batches)


def above(places: Iterable[Place], limit: float, apart: float = 0.0) -> list[Place]:
    """Return the highest place of each stretch above the limit, at least `apart` epochs apart.

    Their words are whole, such as "train loss 8.1 in epoch 3".
    """
    found: list[Place] = []
    goes_on = False
    finite = [place for place in places if isfinite(place.loss)]
    if all(place.loss <= limit for place in finite):
        return []
    for place in sorted(finite):
        is_above = place.loss > limit
        if is_above and found and (goes_on or place.epoch - found[-1].epoch < apart):
            found[-1] = max(found[-1], place, key=lambda each: each.loss)
        elif is_above:
            found.append(place)
        goes_on = is_above
    return [
        place._replace(words=f"{place.words} {loss_text(place.loss)} in epoch {ceil(place.epoch)}")
        for place in found
    ]
