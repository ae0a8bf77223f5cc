"""Thinning: which epochs' predictions a run keeps, once it is over."""

from __future__ import annotations

from playground.run.artifacts import OF_EVERY_EPOCH
from playground.run.folder import RunFolder
from playground.run.records import best_by_accuracy, best_by_loss
from playground.run.snapshot import RunSnapshot
from playground.run.thinning import MOST, spread


def kept_predictions(snapshot: RunSnapshot, most: int = MOST) -> frozenset[int]:
    """Return the epochs whose predictions are kept when the run is over, at most `most` of them.

    They are spread over the run; the epochs of best accuracy and of smallest loss are among them.
    """
    epochs = [record.epoch for record in snapshot.epochs]
    if len(epochs) <= most:
        return frozenset(epochs)
    best = (best_by_accuracy(snapshot.epochs), best_by_loss(snapshot.epochs))
    return frozenset({*(record.epoch for record in best if record), *spread(epochs, most - 2)})


def thin_predictions(snapshot: RunSnapshot) -> None:
    """Remove what the other epochs left behind, where the disk lets us."""
    kept = kept_predictions(snapshot)
    folder = RunFolder.of(snapshot.run_id)
    for record in snapshot.epochs:
        for name in OF_EVERY_EPOCH if record.epoch not in kept else ():
            folder.remove(name, record.epoch)
