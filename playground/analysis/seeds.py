"""The seed ruler: how far runs lie apart that differ in nothing but chance. Standard library only.

The seed draws the first weights, the order of the images and, with a hold-out share, which images
validate: all of that is in the noise measured here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt
from statistics import fmean, stdev

from playground.analysis.comparison import (
    METRICS,
    SEED,
    ComparedRun,
    canonical,
    causes,
    differences_text,
)
from playground.analysis.wording import counted, decimals_of, percent_text, points_text
from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment import Experiment
from playground.experiment.fields import limits

FEWEST = 2
"""Seeds that a standard deviation takes."""

NOISE = 2.0
"""Standard errors below which a difference of means is called seed noise."""


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs equal in everything but the seed, one for each seed, in the order of the seeds."""

    runs: tuple[ComparedRun, ...]

    @property
    def name(self) -> str:
        """The name of the run with the lowest seed."""
        return self.runs[0].name


@dataclass(frozen=True, slots=True)
class SeedStatistics:
    """Best validation accuracy over `count` seeds, as shares from 0 to 1.

    `standard_deviation` is that of the sample (divided by count − 1); None for a single seed.
    """

    mean: float
    standard_deviation: float | None
    count: int

    @property
    def variance_of_mean(self) -> float:
        """The squared standard error of the mean; zero for a single seed."""
        return (self.standard_deviation or 0.0) ** 2 / self.count


@dataclass(frozen=True, slots=True)
class SeedComparison:
    """Two groups of seeds side by side.

    `standard_deviations` is the difference of the means divided by its own standard deviation,
    Welch's standard error sqrt(s₁²/n₁ + s₂²/n₂). None, as `is_noise`, while a group has fewer
    than two seeds.
    """

    sentence: str
    difference: float | None = None
    standard_deviations: float | None = None
    is_noise: bool | None = None


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


def seed_groups(runs: Iterable[ComparedRun]) -> list[SeedGroup]:
    """Return the runs in groups that are equal in everything but the seed, in order of appearance.

    The same seed twice gives the same numbers and would make the noise look smaller than it is:
    of such runs only the one with the most epochs counts.
    """
    groups: dict[Experiment, dict[int, ComparedRun]] = {}
    for run in runs:
        by_seed = groups.setdefault(canonical(run.experiment.replace({SEED: 0})), {})
        seed = run.experiment.training.seed
        if seed not in by_seed or len(run.epochs) > len(by_seed[seed].epochs):
            by_seed[seed] = run
    return [SeedGroup(tuple(group[seed] for seed in sorted(group))) for group in groups.values()]


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


def compare_seeds(baseline: SeedGroup, other: SeedGroup) -> SeedComparison:
    """Return whether two groups differ by more than seed noise, as numbers and a sentence.

    Seed noise is a difference of the means below `NOISE` standard errors. With few seeds that is
    a rule of thumb and no test: chance alone exceeds it one time in nine at 3 seeds each, and one
    in twelve at 5.
    """
    mine, theirs = seed_statistics(baseline.runs), seed_statistics(other.runs)
    short = [
        _seeds_needed(group, numbers)
        for group, numbers in ((baseline, mine), (other, theirs))
        if numbers is None or numbers.count < FEWEST
    ]
    if short or mine is None or theirs is None:
        return SeedComparison(
            f"To tell a difference from seed noise, each needs at least {FEWEST} seeds with an "
            f"epoch: {' and '.join(short)}."
        )
    difference = theirs.mean - mine.mean
    error = sqrt(mine.variance_of_mean + theirs.variance_of_mean)
    apart = abs(difference) / error if error else (inf if difference else 0.0)
    is_noise = apart < NOISE
    changes = causes(baseline.runs[0].experiment, other.runs[0].experiment)
    changes = [change for change in changes if change.path != SEED]
    so_far = any(run.may_improve for run in (*baseline.runs, *other.runs))
    sentence = (
        f"{differences_text(changes)}: mean validation accuracy {points_text(difference)}"
        f"{' so far' if so_far else ''} ({_numbers(mine, difference)} → "
        f"{_numbers(theirs, difference)}), {_distance(apart)}"
    )
    if len(changes) > 1:
        sentence += " Several settings differ, so the cause cannot be told apart."
    return SeedComparison(sentence, difference, apart, is_noise)


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


def _seeds_needed(group: SeedGroup, numbers: SeedStatistics | None) -> str:
    have = numbers.count if numbers else 0
    missing = FEWEST - have
    waiting = sum(run.may_improve and not run.epochs for run in group.runs)
    todo = "wait for" if waiting >= missing else "add"
    return f"{shorten(group.name)} has {have}, {todo} {counted(missing, 'more seed')}"


def _numbers(numbers: SeedStatistics, difference: float) -> str:
    decimals = decimals_of(difference)
    spread = 100 * (numbers.standard_deviation or 0.0)
    mean = percent_text(numbers.mean, decimals).removesuffix(" %")
    return f"{mean} ± {spread:.{decimals}f} %, {numbers.count} seeds"


def _distance(apart: float) -> str:
    if apart == inf:
        return "and no spread between seeds: more than seed noise."
    # Rounded down: a sentence must not say "2.0" and "within" of 1.97 at once.
    shown = int(10 * apart) / 10
    verdict = "within seed noise" if apart < NOISE else "more than seed noise"
    return f"{shown:.1f} standard deviations apart: {verdict}."
