"""References: shares that the accuracy of a run is to be compared with, as lines with words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from playground.analysis.wording import percent_text
from playground.run.baselines import Baselines

_ROOM = 0.07  # of the axis: the height of the words at a line


class Reference(NamedTuple):
    """A level of accuracy, from 0 to 1, and what reaches it."""

    name: str
    share: float

    @property
    def text(self) -> str:
        """What stands at the line, such as "softmax regression 92.1 %"."""
        return f"{self.name} {percent_text(self.share)}"

    def is_below(self, latest: float) -> bool:
        """Whether its words stand below the line: away from the `latest` accuracy of the run."""
        return self.share > 1 - _ROOM or _ROOM < self.share <= latest


def references_of(baselines: Baselines) -> list[Reference]:
    """Return the lines of what the simplest classifiers reach, the most telling first."""
    return [
        Reference("softmax regression", baselines.softmax_regression),
        Reference("nearest class mean", baselines.nearest_mean),
        Reference("largest class", baselines.largest_class),
    ]


def uncrowded(references: Iterable[Reference], chance: float) -> list[Reference]:
    """Return those whose words have room: away from the line of chance and from each before."""
    kept: list[Reference] = []
    for each in references:
        levels = [chance, *(other.share for other in kept)]
        if all(abs(each.share - level) >= _ROOM for level in levels):
            kept.append(each)
    return kept
