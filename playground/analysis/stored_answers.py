"""StoredAnswers: what a network said of the validation images after each epoch that is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Flags: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class StoredAnswers:
    """The answers to N images of so many `classes` after E epochs, ascending; 0 is untrained.

    `labels` `[N]` are the true classes, `said` `[E, N]` the likeliest ones, `sure` `[E, N]` their
    probabilities, `given` `[E, N]` those of the true classes.
    """

    epochs: tuple[int, ...]
    classes: int
    labels: Integers
    said: NDArray[np.int16]
    sure: NDArray[np.float16]
    given: NDArray[np.float16]

    @property
    def right(self) -> Flags:
        """Whether each answer is right, `[E, N]`."""
        right: Flags = self.said == self.labels
        return right

    def place(self, epoch: int) -> int:
        """Return the row of the latest stored epoch up to `epoch`, 0 where all are later."""
        return max(0, int(np.searchsorted(self.epochs, epoch, side="right")) - 1)

    def between(self, first: int, last: int) -> StoredAnswers:
        """Return the answers of the epochs from `first` to `last`, both included."""
        found = [place for place, epoch in enumerate(self.epochs) if first <= epoch <= last]
        rows = slice(found[0], found[-1] + 1) if found else slice(0, 0)
        kept = (self.said[rows], self.sure[rows], self.given[rows])
        return StoredAnswers(self.epochs[rows], self.classes, self.labels, *kept)


def unbroken_since(epochs: Sequence[int], holds: Flags) -> Integers:
    """Return from which epoch on something `holds` `[E, …]` up to the last epoch without a break.

    -1 where it does not hold after the last one.
    """
    unbroken = np.logical_and.accumulate(holds[::-1], axis=0).sum(axis=0)
    first = np.append(np.asarray(epochs, dtype=np.int64), -1)[len(epochs) - unbroken]
    return np.asarray(first, dtype=np.int64)
