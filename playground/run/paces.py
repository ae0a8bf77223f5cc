"""Paces: how fast a run goes for whoever watches it. No part of the experiment: no number changes.

A pace only waits between two batches, and what it waits is not counted as computing.
"""

from __future__ import annotations

from dataclasses import dataclass

from playground.errors import PlaygroundError, shorten


@dataclass(frozen=True, slots=True)
class Pace:
    """At least so many seconds for the training batches of an epoch, and for each of them."""

    label: str
    epoch_seconds: float = 0.0
    batch_seconds: float = 0.0

    def epoch_of(self, batches: int) -> float:
        """Return how many seconds an epoch of so many batches takes at least."""
        return max(self.epoch_seconds, self.batch_seconds * batches)


FULL = "full"
WATCHABLE = "brisk"
"""The pace of whoever has never trained: with 20 epochs, ten seconds to look at."""

PACES = {
    FULL: Pace("Full speed"),
    WATCHABLE: Pace("2 epochs a second", epoch_seconds=0.5),
    "slow": Pace("1 epoch in 2 seconds", epoch_seconds=2.0),
    "batch": Pace("1 batch a second", batch_seconds=1.0),
}


def pace_of(name: object) -> Pace:
    """Return the pace of this name; raises `PlaygroundError` where there is none."""
    if isinstance(name, str) and name in PACES:
        return PACES[name]
    raise PlaygroundError(f"{shorten(str(name))} is no pace: choose one of {', '.join(PACES)}.")
