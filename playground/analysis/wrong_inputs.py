"""Wrong inputs: how sure a network is of what it was not made for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from playground.run.network_looks import SaidOfKind


@dataclass(frozen=True, slots=True)
class Sureness:
    """What is said of `images` of one kind, beside the network's own.

    `mean` is the mean probability of what it says, `answered` how many get at least the threshold,
    `favourite` the class it says most, `share` of the images. `told_apart` is how often it is surer
    of an own image than of one of these, of all pairs, a tie counting half: 0.5 is chance, None for
    the own ones. `right` counts right answers, None where there is no true class.
    """

    images: int
    mean: float
    answered: int
    favourite: int
    share: float
    told_apart: float | None
    right: int | None


def sureness(kind: SaidOfKind, own: SaidOfKind, threshold: float) -> Sureness:
    """Return how sure the network is of one kind of input."""
    sure = np.asarray(kind.sure)
    [(favourite, times)] = Counter(kind.said).most_common(1)
    return Sureness(
        images=len(sure),
        mean=float(sure.mean()),
        answered=int((sure >= threshold).sum()),
        favourite=favourite,
        share=times / len(sure),
        told_apart=None if kind is own else surer(own.sure, kind.sure),
        right=int(np.equal(kind.said, kind.truth).sum()) if kind.truth else None,
    )


def surer(one: Sequence[float], other: Sequence[float]) -> float:
    """Return of which share of all pairs the one of `one` is larger, a tie counting half.

    The area under the ROC curve, by ranks.
    """
    ranks = rankdata([*one, *other])
    below = ranks[: len(one)].sum() - len(one) * (len(one) + 1) / 2
    return float(below / (len(one) * len(other)))
