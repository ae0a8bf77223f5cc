"""Cartography: each image by how probable its true class was over the epochs, and how steadily.

After Swayamdipta et al., "Dataset Cartography" (2020), who name the regions. They take the third of
the images that is furthest in each; here the borders are fixed numbers, so that a region may be
empty, as it is where everything is easy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.analysis.stored_answers import Integers, StoredAnswers

Region = Literal["easy", "ambiguous", "hard"]
REGIONS: tuple[Region, ...] = ("easy", "ambiguous", "hard")

AMBIGUOUS_SPREAD = 0.25
"""Half of the largest standard deviation that numbers between 0 and 1 can have."""

EASY_MEAN = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class Cartography:
    """Of N images: `mean` and `spread` (standard deviation) over epochs of the true class's share.

    `right` is the share of epochs with a right answer. All are `[N]`.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def regions(self) -> NDArray[Any]:
        """The name of the region of each image, `[N]`."""
        steady = np.where(self.mean >= EASY_MEAN, "easy", "hard")
        return np.where(self.spread >= AMBIGUOUS_SPREAD, "ambiguous", steady)

    def of(self, region: Region) -> Integers:
        """Return the positions of the images of a region, the clearest cases first."""
        inside = np.flatnonzero(self.regions == region)
        by = {"easy": -self.mean, "ambiguous": -self.spread, "hard": self.mean}[region]
        return inside[np.argsort(by[inside], kind="stable")]


def cartography(answers: StoredAnswers) -> Cartography:
    """Return where each image lies; the answers begin after the first epoch of training."""
    given = answers.given.astype(np.float64)
    return Cartography(given.mean(axis=0), given.std(axis=0), answers.right.mean(axis=0))
