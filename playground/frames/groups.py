"""Groups over seeds as rows: mean, standard deviation and standard error, and the single runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import pandas as pd

from playground.analysis.groups import seeds_text
from playground.analysis.seeds import SeedGroup, seed_statistics
from playground.analysis.wording import labels, percent_text
from playground.frames.comparison import frame_of


@dataclass(frozen=True, slots=True)
class _Row:
    """A group, or one of its runs, of which only the accuracy is known."""

    label: str
    place: int
    accuracy: float
    is_group: bool
    deviation_low: float = nan
    deviation_high: float = nan
    error_low: float = nan
    error_high: float = nan
    deviation: str = ""
    error: str = ""
    text: str = ""
    seeds: str = ""


def groups_frame(groups: Sequence[SeedGroup]) -> pd.DataFrame:
    """Return a row for each group with at least two seeds that have an epoch, and for its runs.

    `accuracy` is the best validation accuracy as a share: of a group the mean, one sample standard
    deviation and one standard error to either side of which are the other columns. `place` counts
    the groups from the highest mean downwards.
    """
    rated = [
        (group, numbers)
        for group in groups
        if (numbers := seed_statistics(group.runs)) and numbers.standard_deviation is not None
    ]
    rated.sort(key=lambda each: -each[1].mean)
    rows = []
    names = labels(group.name for group, _ in rated)
    for place, ((group, numbers), label) in enumerate(zip(rated, names, strict=True)):
        mean = numbers.mean
        deviation, error = numbers.standard_deviation or 0.0, numbers.standard_error or 0.0
        rows.append(
            _Row(
                *(label, place, mean, True),
                *(mean - deviation, mean + deviation, mean - error, mean + error),
                *(f"{100 * deviation:.2f} points", f"{100 * error:.2f} points"),
                *(percent_text(mean, 2), seeds_text(group.runs)),
            )
        )
        rows += [
            _Row(label, place, run.best.validation_accuracy, False)
            for run in group.runs
            if run.best
        ]
    return frame_of(rows, _Row)
