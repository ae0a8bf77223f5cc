"""Groups of seeds as every view counts them: which seeds are in one, and which group is the best.

Under Compare and under Sweep alike, a group has all the seeds there are of its settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from playground.analysis.comparison import ComparedRun
from playground.analysis.seeds import (
    SeedGroup,
    Seeds,
    counted_seeds,
    kind_of,
    seed_groups,
    seed_statistics,
    seeds_of,
)
from playground.experiment import Experiment


def groups_with(runs: Sequence[ComparedRun], among: Iterable[ComparedRun]) -> list[SeedGroup]:
    """Return the groups of `runs`, each with the other seeds that there are of it `among` all."""
    own: dict[tuple[Experiment, str], set[Seeds]] = {}
    for run in runs:
        own.setdefault(kind_of(run), set()).add(seeds_of(run))
    others = [
        run for run in among if (seeds := own.get(kind_of(run))) and seeds_of(run) not in seeds
    ]
    return [
        group
        for group in seed_groups([*runs, *others])
        if any(seeds_of(run) in own[kind_of(run)] for run in group.runs)
    ]


def group_of(run: ComparedRun, groups: Iterable[SeedGroup]) -> SeedGroup:
    """Return the group that counts this run, or one that is equal to it to the seed."""
    who = kind_of(run), seeds_of(run)
    return next(
        group for group in groups if who in [(kind_of(each), seeds_of(each)) for each in group.runs]
    )


def best_group(groups: Iterable[SeedGroup]) -> SeedGroup | None:
    """Return the group of the highest mean accuracy, of equal ones that which was started first.

    None where no run has an epoch.
    """
    rated = [(numbers.mean, group) for group in groups if (numbers := seed_statistics(group.runs))]
    top = max((mean for mean, _ in rated), default=0.0)
    return min(
        (group for mean, group in rated if mean == top),
        key=lambda group: min(run.created_at for run in group.runs),
        default=None,
    )


def seeds_text(runs: Iterable[ComparedRun]) -> str:
    """Return how many seeds count and what became of them: "3 seeds, of them 1 failed".

    A seed counts from its first epoch on, whatever became of its run.
    """
    rated = [run for run in runs if run.best]
    fates = ["under way" if run.may_improve else run.status for run in rated]
    told = [f"{fates.count(fate)} {fate}" for fate in sorted(set(fates) - {"finished"})]
    text = counted_seeds(rated)
    return f"{text}, of them {' and '.join(told)}" if told else text
