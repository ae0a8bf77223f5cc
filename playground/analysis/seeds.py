"""The seed ruler: how far runs lie apart that differ in nothing but chance.

The seed draws the first weights, the order of the images and dropout; the split seed draws which
images validate, and is the same for all runs unless somebody changes it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, sqrt
from statistics import fmean, stdev

from playground.analysis.comparison import (
    CHANCE,
    METRICS,
    SEED,
    ComparedRun,
    canonical,
    causes,
    changes_the_measure,
    differences_text,
    draws_a_split,
)
from playground.analysis.estimates import FEWEST_PAIRS, PairedDifference, paired_difference
from playground.analysis.metrics import (
    ACCURACY,
    best_value,
    change_text,
    range_text,
    values_text,
)
from playground.analysis.wording import counted, verdict_text
from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment import Experiment
from playground.experiment.fields import limits

Seeds = tuple[int, int]
"""The seed of a run, and that of its split."""

_WHOLE = ("finished", "queued", "running", "paused")

_SEED_IN_NAME = re.compile(r"(?: ·|,) (?:split )?seed \d+$|^(?:split )?seed \d+ · ")

FEWEST = 2
"""Seeds that a standard deviation takes."""


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs equal in everything but the seeds, one for each, in the order of the seeds.

    All have the same split, or each has one of its own.
    """

    runs: tuple[ComparedRun, ...]

    @property
    def name(self) -> str:
        """The name of the run with the lowest seed; where there are several, without the seed."""
        name = self.runs[0].name
        return _SEED_IN_NAME.sub("", name) if len(self.runs) > 1 else name


@dataclass(frozen=True, slots=True)
class SeedStatistics:
    """Best validation accuracy over `count` seeds, as shares from 0 to 1.

    `standard_deviation` is that of the sample (divided by count − 1); None for a single seed.
    """

    mean: float
    standard_deviation: float | None
    count: int

    @property
    def standard_error(self) -> float | None:
        """How far the mean lies from that over very many seeds; None for a single one."""
        spread = self.standard_deviation
        return None if spread is None else spread / sqrt(self.count)


@dataclass(frozen=True, slots=True)
class SeedComparison:
    """Two groups of seeds side by side, `difference` in shares; None below `FEWEST_PAIRS` pairs."""

    sentence: str
    difference: PairedDifference | None = None


@dataclass(frozen=True, slots=True)
class BandPoint:
    """One epoch of a group: mean, and one sample standard deviation to either side.

    `count` runs got that far. Shares and losses alike are never below 0, shares never above 1.
    """

    epoch: int
    mean: float
    low: float
    high: float
    count: int


@lru_cache(maxsize=4096)
def without_seed(experiment: Experiment) -> Experiment:
    """Return what is the same in all experiments that differ in nothing but the seeds."""
    return canonical(experiment.replace(dict.fromkeys(CHANCE, 0)))


def kind_of(run: ComparedRun) -> tuple[Experiment, str]:
    """Return what runs of a group share: all but the seeds. A fork is no run of its own."""
    return without_seed(run.experiment), run.origin


def seeds_of(run: ComparedRun) -> Seeds:
    """Return the seeds of a run: its own, and that of the split; 0 where this draws nothing."""
    experiment = run.experiment
    split = experiment.data.split_seed if draws_a_split(experiment) else 0
    return experiment.training.seed, split


def seed_groups(runs: Iterable[ComparedRun]) -> list[SeedGroup]:
    """Return the runs in groups that are equal in everything but the seeds, in order of appearance.

    The same seed twice gives the same numbers and would make the noise look smaller than it is:
    of such runs only the one with the most epochs counts. Runs of one split are one group. Those
    that have a split to themselves, as when a run's seed drew its split too, are another.
    """
    kinds: dict[tuple[Experiment, str], dict[Seeds, ComparedRun]] = {}
    for run in runs:
        by_seed = kinds.setdefault(kind_of(run), {})
        seed = seeds_of(run)
        if seed not in by_seed or len(run.epochs) > len(by_seed[seed].epochs):
            by_seed[seed] = run
    return [
        SeedGroup(tuple(by_seed[seeds] for seeds in sorted(part)))
        for by_seed in kinds.values()
        for part in _parts(list(by_seed))
    ]


def _parts(known: Sequence[Seeds]) -> list[list[Seeds]]:
    """Return which seeds of one kind of run are a group, in order of appearance."""
    splits: dict[int, list[Seeds]] = {}
    for seeds in known:
        splits.setdefault(seeds[1], []).append(seeds)
    parts = [part for part in splits.values() if len(part) > 1]
    alone = [part[0] for part in splits.values() if len(part) == 1]
    if len({seed for seed, _ in alone}) > 1:
        # The same seed on two splits is no second seed: that which drew its split too counts.
        first: dict[int, Seeds] = {}
        for seeds in sorted(alone, key=lambda seeds: seeds[0] != seeds[1]):
            first.setdefault(seeds[0], seeds)
        parts += [list(first.values()), *([each] for each in alone if each not in first.values())]
    elif alone:
        parts.append(alone)
    return sorted(parts, key=lambda part: min(map(known.index, part)))


def counted_seeds(runs: Collection[ComparedRun]) -> str:
    """Return how many seeds the runs of a group have, and whether their splits differ, too."""
    seeds, splits = ({seeds_of(run)[place] for run in runs} for place in (0, 1))
    if len(splits) == 1 or len(runs) < FEWEST:
        return counted(len(runs), "seed")
    if len(seeds) == 1:
        return f"{len(runs)} splits with one seed"
    return f"{len(runs)} seeds, each with a split of its own"


def seed_experiments(
    experiment: Experiment, count: int, existing: Collection[Experiment] = ()
) -> list[Experiment]:
    """Return `count` copies with the seeds from its own upwards, less those in `existing`.

    Raises `InvalidExperiment` for a count below 1.
    """
    if count < 1:
        raise InvalidExperiment(f"{count} seeds are none: choose 1 or more, such as 3.")
    seeds = int(limits(SEED).maximum or 0) + 1
    known = {canonical(each) for each in existing}
    start = experiment.training.seed
    copies = [experiment.replace({SEED: (start + step) % seeds}) for step in range(count)]
    return [copy for copy in copies if canonical(copy) not in known]


def seed_statistics(runs: Iterable[ComparedRun]) -> SeedStatistics | None:
    """Return mean and spread of the best validation accuracy; None where no run has an epoch."""
    values = [run.best.validation_accuracy for run in runs if run.best]
    if not values:
        return None
    spread = stdev(values) if len(values) >= FEWEST else None
    return SeedStatistics(fmean(values), spread, len(values))


def compare_seeds(baseline: SeedGroup, other: SeedGroup, metric: str = ACCURACY) -> SeedComparison:
    """Return whether two groups differ by more than chance in one of `METRICS`, and a sentence.

    Each run counts by its best epoch, which has the highest accuracy or the lowest loss.
    Runs with the same seed and the same split are pairs: what the seed does to both drops out of
    their difference, which Student's t interval then tells from chance.
    """
    pairs, paired = _pairs(baseline, other, metric)
    differences = [theirs - mine for mine, theirs in pairs]
    found = paired_difference(differences)
    if found is None:
        return SeedComparison(
            f"To tell a difference from chance takes {FEWEST_PAIRS} seeds that both have run, with "
            f"an epoch at least: {shorten(baseline.name)} and {shorten(other.name)} share "
            f"{len(pairs)}. Repeat both with {FEWEST_PAIRS} seeds."
        )
    changes = causes(baseline.runs[0].experiment, other.runs[0].experiment)
    changes = [change for change in changes if change.path not in CHANCE]
    so_far = any(run.may_improve for run in (*baseline.runs, *other.runs))
    before, after = (fmean(each) for each in zip(*pairs, strict=True))
    sentence = (
        f"{differences_text(changes)}: mean {METRICS[metric]} {change_text(metric, found.mean)}"
        f"{' so far' if so_far else ''} ({values_text(metric, before, after)}), 95 % interval "
        f"{range_text(metric, found.interval)} by the paired t test over {counted_seeds(paired)}: "
        f"{verdict_text(found.is_clear)}."
    )
    if any(map(changes_the_measure, changes)):
        sentence += " The images that measure them are not the same, which alone may be the cause."
    if any(run.status not in _WHOLE for run in (*baseline.runs, *other.runs)):
        sentence += " Not all of these runs finished."
    if len(changes) > 1:
        sentence += " Several settings differ, so the cause cannot be told apart."
    return SeedComparison(sentence, found)


def _pairs(
    baseline: SeedGroup, other: SeedGroup, metric: str
) -> tuple[list[tuple[float, float]], list[ComparedRun]]:
    """Return the best values of the runs with the same seeds, in order, and the baseline's runs."""
    mine, theirs = (
        {
            seeds_of(run): (value, run)
            for run in group.runs
            if (value := best_value(run, metric)) is not None
        }
        for group in (baseline, other)
    )
    shared = sorted(mine.keys() & theirs.keys())
    return [(mine[each][0], theirs[each][0]) for each in shared], [mine[each][1] for each in shared]


def band(runs: Iterable[ComparedRun], metric: str = "validation_accuracy") -> list[BandPoint]:
    """Return mean and spread of one of `METRICS` over the runs that reached each epoch.

    Values that are no number are left out. Raises `UnknownChoice` for an unknown metric.
    """
    if metric not in METRICS:
        raise UnknownChoice("metric", metric, METRICS)
    by_epoch: dict[int, list[float]] = {}
    for run in runs:
        for record in run.epochs:
            value: float = getattr(record, metric)
            if isfinite(value):
                by_epoch.setdefault(record.epoch, []).append(value)
    highest = 1.0 if metric.endswith("accuracy") else inf
    return [_band_point(epoch, by_epoch[epoch], highest) for epoch in sorted(by_epoch)]


def _band_point(epoch: int, values: Sequence[float], highest: float) -> BandPoint:
    mean = fmean(values)
    spread = stdev(values) if len(values) >= FEWEST else 0.0
    return BandPoint(epoch, mean, max(mean - spread, 0.0), min(mean + spread, highest), len(values))
