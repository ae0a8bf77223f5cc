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

from playground.analysis.comparison import MEASURE, ComparedRun, canonical
from playground.analysis.estimates import (
    FEWEST_PAIRS,
    LEVEL,
    clopper_pearson,
    mcnemar,
    paired_difference,
)
from playground.analysis.groups import seeds_text
from playground.analysis.seeds import SeedGroup, seed_statistics, seeds_of
from playground.analysis.wording import counted, percent_text

Answers = NDArray[np.bool_]
"""Which of the validation images a run has right `[N]`."""


def best_run(group: SeedGroup) -> ComparedRun:
    """Return the seed of the highest accuracy, of equal ones the lowest."""
    return max(group.runs, key=lambda run: run.best.validation_accuracy if run.best else -1.0)


def best_text(best: SeedGroup, groups: Sequence[SeedGroup], is_final: bool) -> str:
    """Return which group of seeds is the best, of how many, and how sure that is; ties are told."""
    numbers = seed_statistics(best.runs)
    assert numbers is not None
    run = best_run(best)
    rated = {group: each for group in groups if (each := seed_statistics(group.runs))}
    equal = sum(each.mean == numbers.mean for each in rated.values()) - 1
    tie = f" {equal} more {'has' if equal == 1 else 'have'} the same accuracy." if equal else ""
    among = f" of {len(rated)}" if len(rated) > 1 else ""
    so_far = "" if is_final else " so far"
    if numbers.count == 1:
        how = f"validation accuracy in epoch {run.best.epoch if run.best else 0}"
        sure = _sure_of_one(run, sum(len(each.epochs) for group in groups for each in group.runs))
    else:
        how = f"validation accuracy on average over {seeds_text(best.runs)}"
        sure = _sure_of_mean(best, len(rated))
    if len({_measure(group) for group in rated}) > 1:
        sure = "Not the same images measure them all, which alone may be why it is the first."
    name = run.name if numbers.count == 1 else best.name
    return f"The best{among}{so_far} is {name}: {percent_text(numbers.mean)} {how}.{tie} {sure}"


def _measure(group: SeedGroup) -> frozenset[tuple[object, ...]]:
    """Return what decides which images measure the runs of a group."""
    settings = (canonical(run.experiment) for run in group.runs if run.best)
    return frozenset(
        (*map(each.get, MEASURE), "unseparated" in each.training.pitfalls) for each in settings
    )


def _sure_of_one(run: ComparedRun, epochs: int) -> str:
    """Return within what limits the best of so many epochs lies, each of which could be it."""
    if run.experiment.training.pitfalls or run.experiment.training.mystery:
        return "How good it is on new images its test set tells: something is wrong on purpose."
    if not run.best or not run.validation_images:
        return "How sure that is cannot be told: how many images measured it is not known."
    low, high = best_interval(run.best.validation_accuracy, run.validation_images, epochs)
    chosen = f"Chosen among {epochs:,} epochs and measured" if epochs > 1 else "Measured"
    corrected = ", corrected for the choice" if epochs > 1 else ""
    return (
        f"{chosen} by {run.validation_images:,} images, it may have anything from "
        f"{percent_text(low)} to {percent_text(high)} on new ones (95 %{corrected})."
    )


def _sure_of_mean(best: SeedGroup, choices: int) -> str:
    """Return within what limits the mean over all seeds lies, of the best of so many means."""
    means = [run.best.validation_accuracy for run in best.runs if run.best]
    found = paired_difference(means, 1 - (1 - LEVEL) / choices)
    if found is None:
        return f"How sure that is takes {FEWEST_PAIRS} seeds to tell."
    images = min((run.validation_images or 1 for run in best.runs), default=1)
    low, high = found.interval
    # Seeds whose accuracies are equal differ all the same, by less than an image.
    room = max(0.0, 1 / images - (high - low) / 2) if images > 1 else 0.0
    low, high = max(low - room, 0.0), min(high + room, 1.0)
    choice = ", corrected for the choice" if choices > 1 else ""
    are_same = len({seeds_of(run)[1] for run in best.runs if run.best}) == 1
    where = "seeds its average on these validation images" if are_same else "splits its average"
    return (
        f"Over very many {where} lies between "
        f"{percent_text(low)} and {percent_text(high)} (95 %{choice})."
    )


def best_interval(accuracy: float, images: int, choices: int) -> tuple[float, float]:
    """Return the interval for the true accuracy of the best of `choices` networks."""
    return clopper_pearson(round(accuracy * images), images, 1 - (1 - LEVEL) / max(choices, 1))


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


def rivals_text(answers: Sequence[Answers], best: int) -> str:
    """Return how many of the runs cannot be told from the best one."""
    others = len(answers) - 1
    level = len(answers) * others // 2
    rivals = others - len(clearly_worse(answers, best))
    if not others:
        return ""
    how = f"McNemar's exact test, corrected for {counted(level, 'pair')}"
    if not rivals:
        rest = "The other network is" if others == 1 else "The other networks are all"
        return f"{rest} worse by more than chance ({how})."
    which = "the other one" if others == 1 else f"{rivals} of the {others} others"
    return f"Chance alone may put this network before {which} ({how})."
