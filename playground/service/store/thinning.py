"""Thinning: which epochs' predictions a run keeps, once it is over."""

from __future__ import annotations

from contextlib import suppress
from math import ceil

from playground.run.home import probabilities_file, run_folder
from playground.run.records import best_by_accuracy, best_by_loss
from playground.run.snapshot import RunSnapshot

MOST = 50
"""Predictions kept of a run that is over."""

_FIRST = 10  # epochs, in which a network changes most


def kept_predictions(snapshot: RunSnapshot, most: int = MOST) -> frozenset[int]:
    """Return the epochs whose predictions are kept when the run is over, at most `most` of them.

    All of them up to that number. Of a longer run: the first ten, every k-th of the others with the
    smallest k that leaves few enough, and the last, the one of best accuracy and the one of
    smallest loss.
    """
    epochs = [record.epoch for record in snapshot.epochs]
    if len(epochs) <= most:
        return frozenset(epochs)
    rest = epochs[_FIRST:]
    kept = {*epochs[:_FIRST], *rest[:: ceil(len(rest) / (most - _FIRST - 3))], epochs[-1]}
    best = (best_by_accuracy(snapshot.epochs), best_by_loss(snapshot.epochs))
    return frozenset(kept | {record.epoch for record in best if record})


def thin_predictions(snapshot: RunSnapshot) -> None:
    """Remove the predictions of the other epochs, where the disk lets us."""
    kept = kept_predictions(snapshot)
    if len(kept) == len(snapshot.epochs):
        return
    folder = run_folder(snapshot.run_id)
    for record in snapshot.epochs:
        if record.epoch not in kept:
            with suppress(OSError):  # those that stay take room and do no harm
                probabilities_file(folder, record.epoch).unlink(missing_ok=True)
