"""Two runs: what differs between them, what came of it, and how sure that is, in a sentence.

A run is measured by the best validation accuracy of its epochs so far; differences are in
percentage points of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from playground.analysis.comparison import (
    CHANCE,
    METRICS,
    ComparedRun,
    canonical,
    causes,
    changes_the_measure,
    differences_text,
)
from playground.analysis.estimates import LEVEL, difference_of_shares, leaves_out_zero, mcnemar
from playground.analysis.metrics import ACCURACY, best_value, change_text, values_text
from playground.analysis.wording import (
    counted,
    interval_text,
    p_text,
)
from playground.errors import InvalidExperiment, shorten
from playground.experiment import Difference, Experiment

_ONE_RUN = (
    " Whether that is more than chance, one run of each cannot tell: repeat both with 3 seeds."
)
_ENDED = {"failed": "failed", "stopped": "was stopped", "interrupted": "was interrupted"}


@dataclass(frozen=True, slots=True)
class SharedAnswers:
    """What two networks say of the same `images`: how many each has right and the other wrong.

    The networks are those after the best epoch of each run.
    """

    images: int
    baseline_alone: int
    other_alone: int


@dataclass(frozen=True, slots=True)
class PairComparison:
    """How `other` differs from a baseline, and by how many percentage `points` it is better.

    `is_single_cause` says that exactly one setting differs, the seed counted as one, and both
    began alike. Otherwise `missing_twins` are the experiments, none of them run yet, that differ
    from the baseline in one setting alone and have its seed. `points` is None while one of them
    has no epoch.
    """

    differences: tuple[Difference, ...]
    sentence: str
    is_single_cause: bool
    missing_twins: tuple[Experiment, ...] = ()
    points: float | None = None


def compare_pair(
    baseline: ComparedRun,
    other: ComparedRun,
    existing: Collection[Experiment] = (),
    answers: SharedAnswers | None = None,
    metric: str = ACCURACY,
) -> PairComparison:
    """Return what differs between two runs and what came of it, the best epoch of each compared.

    Best is the highest accuracy or the lowest loss, of the `metric` that is compared.

    `existing` are the experiments of all runs there are: no twin is offered that is among them.
    With `answers` to the same images McNemar's exact test tells how sure the difference is.
    """
    differences = causes(baseline.experiment, other.experiment)
    twins = missing_twins(baseline.experiment, other.experiment, existing)
    before, after = baseline.best, other.best
    if before is None or after is None:
        empty = [_no_epoch(run) for run in (baseline, other) if run.best is None]
        outcome, points = f"{' and '.join(empty)}, so there is nothing to compare.", None
    else:
        points = 100 * (after.validation_accuracy - before.validation_accuracy)
        outcome = _outcome(baseline, other, metric)
        if any(change.path not in CHANCE for change in differences):
            outcome += _how_sure(baseline, other, answers) if metric == ACCURACY else _ONE_RUN
    seeds = (baseline.experiment.training.seed, other.experiment.training.seed)
    began_alike = baseline.origin == other.origin
    lead = differences_text(differences, seeds, began_alike=began_alike)
    advice = _advice(differences, len(twins)) if points is not None else ""
    return PairComparison(
        differences=tuple(differences),
        sentence=f"{lead}{_origins(baseline, other)}: {outcome}{advice}",
        is_single_cause=len(differences) == 1 and began_alike,
        missing_twins=tuple(twins),
        points=points,
    )


def missing_twins(
    baseline: Experiment, other: Experiment, existing: Collection[Experiment] = ()
) -> list[Experiment]:
    """Return the experiments, none in `existing`, between two that differ in several settings.

    Each is the baseline with one setting of the other, the seed being the baseline's. One that no
    run can have (a batch larger than the data set, say) is left out.
    """
    differences = causes(baseline, other)
    if len(differences) < 2:
        return []
    known = {canonical(each) for each in (baseline, other, *existing)}
    twins = []
    for change in differences:
        if change.path in CHANCE:
            continue
        try:
            twin = canonical(_with_change(baseline, other, change))
        except InvalidExperiment:
            continue
        if twin not in known:
            twins.append(twin)
    return twins


def _with_change(baseline: Experiment, other: Experiment, change: Difference) -> Experiment:
    # What means nothing in the baseline takes the other's values: an optimizer that comes with a
    # momentum comes with the momentum it had there.
    changes = {idle: other.get(idle) for idle in baseline.unused()}
    return baseline.replace(changes | {change.path: change.new})


def _origins(baseline: ComparedRun, other: ComparedRun) -> str:
    """Return which of the two went on from an epoch of another run, and from which."""
    if baseline.origin == other.origin:
        return f", both forked from {other.origin}" if other.origin else ""
    return "".join(
        f", {which} forked from {run.origin}"
        for run, which in ((baseline, "the baseline"), (other, "this run"))
        if run.origin
    )


def _outcome(baseline: ComparedRun, other: ComparedRun, metric: str) -> str:
    before, after = best_value(baseline, metric), best_value(other, metric)
    if before is None or after is None:
        return f"no epoch of both has a {METRICS[metric]} that is a number."
    so_far = " so far" if baseline.may_improve or other.may_improve else ""
    done = sorted({len(run.epochs) for run in (baseline, other)})
    counts = (
        counted(done[0], "epoch")
        if len(done) == 1
        else f"{len(baseline.epochs)} and {counted(len(other.epochs), 'epoch')}"
    )
    failed = [
        f", {shorten(run.name)} failed" for run in (baseline, other) if run.status == "failed"
    ]
    return (
        f"{METRICS[metric]} {change_text(metric, after - before)} (best epoch{so_far} of each: "
        f"{values_text(metric, before, after)}, after {counts}{''.join(failed)})."
    )


def _how_sure(baseline: ComparedRun, other: ComparedRun, answers: SharedAnswers | None) -> str:
    """Return whether two networks differ by more than chance, by what the images say of them.

    A best epoch of many looks better than one of few: where their numbers differ, the claim is
    corrected for the larger one. That the setting is why, only seeds can tell.
    """
    counts = {len(run.epochs) for run in (baseline, other)}
    choices = max(counts) if len(counts) > 1 else 1
    corrected = f", corrected for {choices:,} epochs" if choices > 1 else ""
    if answers:
        p = min(1.0, choices * mcnemar(answers.baseline_alone, answers.other_alone))
        return (
            f" Of {answers.images:,} validation images, the baseline alone has "
            f"{answers.baseline_alone:,} right and this run alone {answers.other_alone:,}: "
            f"{_verdict(p < 1 - LEVEL)} (McNemar's exact test{corrected}, {p_text(p)})."
        )
    shares = [
        (round(run.best.validation_accuracy * run.validation_images), run.validation_images)
        for run in (baseline, other)
        if run.best and run.validation_images
    ]
    if len(shares) < 2:
        return ""
    interval = difference_of_shares(shares[0], shares[1], 1 - (1 - LEVEL) / choices)
    return (
        f" 95 % interval {interval_text(interval)} by the number of images{corrected}: "
        f"{_verdict(leaves_out_zero(interval))}."
    )


def _verdict(is_clear: bool) -> str:
    if not is_clear:
        return "chance alone may make these two networks differ so"
    return "these two networks differ by more than chance; whether the setting is why, seeds tell"


def _no_epoch(run: ComparedRun) -> str:
    if run.may_improve:
        return f"{shorten(run.name)} has no epoch yet"
    return f"{shorten(run.name)} {_ENDED.get(run.status, 'ended')} before its first epoch"


def _advice(differences: Sequence[Difference], twins: int) -> str:
    others = [change for change in differences if change.path not in CHANCE]
    advice = ""
    if any(changes_the_measure(change) for change in differences):
        advice += " The images that measure them are not the same."
    if not others:
        return f"{advice} Only chance differs: this is seed noise." if differences else ""
    if len(differences) == 1:
        return advice
    if len(others) == 1:
        chance = [change for change in differences if change.path in CHANCE]
        advice += f" Part of it may be the {' and the '.join(each.label for each in chance)}"
        way_out = f"the twin with {' and '.join(f'{each.label} {each.old}' for each in chance)}"
    else:
        advice += " The cause cannot be told apart"
        way_out = "a twin that changes only one setting"
    return f"{advice}: {'run' if twins else 'compare with'} {way_out}."
