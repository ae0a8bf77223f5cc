"""The best of many: how good it really is, and which others chance cannot be told to be worse.

The best of many equal networks looks better than they are, the more so the more there are: its
interval is as wide as is needed for all that could have been chosen to be right at once
(Bonferroni's correction).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from playground.analysis.comparison import ComparedRun
from playground.analysis.estimates import LEVEL, mcnemar, wilson
from playground.analysis.wording import counted, percent_text

Answers = NDArray[np.bool_]
"""Which of the validation images a run has right `[N]`."""


def best_run(runs: Sequence[ComparedRun]) -> ComparedRun | None:
    """Return the run with the highest validation accuracy in any epoch; the first of equals."""
    rated = [run for run in runs if run.best]
    return max(rated, key=lambda run: run.best.validation_accuracy if run.best else 0, default=None)


def best_text(runs: Sequence[ComparedRun]) -> str:
    """Return which run is the best, of how many, and within what limits; "" without an epoch.

    The limits hold for all epochs of all runs at once, each of which could have been the best.
    """
    best = best_run(runs)
    if best is None or best.best is None:
        return ""
    so_far = " so far" if any(run.may_improve for run in runs) else ""
    rated = sum(run.best is not None for run in runs)
    accuracy = best.best.validation_accuracy
    text = (
        f"The best of {counted(rated, 'run')}{so_far}, by validation accuracy, is {best.name}: "
        f"{percent_text(accuracy)} in epoch {best.best.epoch}."
    )
    epochs = sum(len(run.epochs) for run in runs)
    if not best.validation_images:
        return f"{text} How sure that is cannot be told: how many images measured it is not known."
    low, high = best_interval(accuracy, best.validation_images, epochs)
    return (
        f"{text} Chosen among {counted(epochs, 'epoch')} and measured by "
        f"{counted(best.validation_images, 'image')}, it may be anything from "
        f"{percent_text(low)} to {percent_text(high)} on new ones (95 %, corrected for the choice)."
    )


def best_interval(accuracy: float, images: int, choices: int) -> tuple[float, float]:
    """Return the interval for the true accuracy of the best of `choices` networks."""
    return wilson(round(accuracy * images), images, 1 - (1 - LEVEL) / max(choices, 1))


def clearly_worse(answers: Sequence[Answers], best: int) -> list[int]:
    """Return the places of the runs that the one at `best` beats by more than chance.

    By McNemar's exact test on the same images, corrected for all pairs there are: which run is the
    best was seen on these images, too.
    """
    level = (1 - LEVEL) / max(1, sum(1 for _ in combinations(answers, 2)))
    mine = answers[best]
    return [
        place
        for place, theirs in enumerate(answers)
        if place != best
        and mcnemar(int((mine & ~theirs).sum()), int((theirs & ~mine).sum())) < level
        and mine.sum() > theirs.sum()
    ]
