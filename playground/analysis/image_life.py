"""The life of each image: when it was learned for good, forgotten, or that it never was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.analysis.stored_answers import Integers, StoredAnswers, unbroken_since

Fate = Literal["learned", "forgotten", "never learned"]
FATES: tuple[Fate, ...] = ("learned", "forgotten", "never learned")


@dataclass(frozen=True, eq=False, slots=True)
class Lives:
    """What became of N images up to an epoch.

    `learned_at` `[N]` is the epoch from which on each was right at every stored one, -1 where it
    is wrong now. `lapses` `[N]` counts how often it was right and then wrong at the next stored
    one. `order` `[N]` are their positions: those learned first, those forgotten, those never
    learned.
    """

    learned_at: Integers
    lapses: Integers
    order: Integers

    def of(self, fate: Fate) -> Integers:
        """Return the positions of the images with this fate, in the order of all."""
        is_wrong = self.learned_at[self.order] < 0
        was_right = self.lapses[self.order] > 0
        chosen = {
            "learned": ~is_wrong,
            "forgotten": is_wrong & was_right,
            "never learned": is_wrong & ~was_right,
        }
        return self.order[chosen[fate]]


def lives(answers: StoredAnswers) -> Lives:
    """Return what became of each image; the answers begin after the first epoch of training.

    Where the untrained network is right, it is so by luck: leave it out of the answers.
    """
    right = answers.right
    learned_at = unbroken_since(answers.epochs, right)
    lapses = (right[:-1] & ~right[1:]).sum(axis=0)
    wrong = learned_at < 0
    # Never learned last; within each, what the network came nearest to knowing first.
    average = answers.given.mean(axis=0, dtype=np.float32)
    order = np.lexsort((-average, learned_at, wrong & (lapses == 0), wrong))
    return Lives(learned_at, lapses, order)


def life_rows(answers: StoredAnswers, order: Integers, most: int) -> list[Integers]:
    """Return the images in this order, cut into at most `most` groups as equal as they can be."""
    return np.array_split(order, min(most, len(order))) if len(order) else []
