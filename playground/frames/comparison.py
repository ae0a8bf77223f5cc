"""Runs side by side as tidy data frames for the charts. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from math import isfinite, log, nan
from statistics import median_low
from typing import Any, get_type_hints

import pandas as pd

from playground.analysis.comparison import METRICS, ComparedRun
from playground.analysis.estimates import wilson
from playground.analysis.groups import seeds_text
from playground.analysis.seeds import BandPoint, SeedGroup, band
from playground.analysis.wording import changed_settings, labels, percent_text
from playground.errors import UnknownChoice
from playground.experiment.catalog import DATASETS
from playground.frames.extent import epoch_end
from playground.frames.losses import Place, above, highest, loss_limit, loss_text
from playground.run.downsampling import thin

MOST_CURVES = 8
"""Runs in one picture: as many as there are colours that can be told apart."""

_CURVE_POINTS = 250

BOTH = {
    "accuracy": "accuracy, train and validation",
    "loss": "loss, train and validation",
}
"""Metrics of which each run has two lines, with their names on screen."""

CURVES = {**METRICS, **BOTH}
"""All that curves may show, with the names on screen."""

_KINDS = {str: "str", bool: "bool", int: "int64", float: "float64"}


@dataclass(frozen=True, slots=True)
class _Point:
    """A place on a line; without an epoch what the legend knows a line by."""

    run_id: str
    label: str
    slot: int
    is_baseline: bool
    planned: int
    end: float
    ceiling: float
    chance: float
    role: str = "validation"
    epoch: float = nan
    value: float = nan
    low: float = nan
    high: float = nan
    count: int = 0
    text: str = "–"
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class _Cost:
    """A run by what it cost and what it reached."""

    run_id: str
    label: str
    slot: int
    is_baseline: bool
    seconds: float
    parameters: float
    accuracy: float
    low: float
    high: float
    text: str
    settings: str


def curves_frame(
    runs: Sequence[ComparedRun],
    baseline_id: str | None = None,
    metric: str = "validation_accuracy",
) -> pd.DataFrame:
    """Return one row per run and epoch of one of the `CURVES`, the baseline first.

    `label` is the run's name, made different where two are the same; `slot` counts the runs and
    gives each its colour, 0 being the baseline's alone; `role` tells train from validation, each
    of which has rows in `BOTH`; `planned` is the longest run's number of epochs, and `end` where
    the epoch axis ends; `ceiling` is where a linear axis ends, so that one run that diverges does
    not press the others flat: the highest place of each stretch above it has an `arrow`; `chance`
    is the loss of guessing among the most classes of any run. A run without an epoch has one row
    without a value, so that the legend knows it. Raises ValueError for more than `MOST_CURVES`
    runs, `UnknownChoice` for an unknown metric.
    """
    _check(len(runs), metric)
    lines = []
    for run, label, slot in _in_slots(runs, baseline_id):
        for name in (f"train_{metric}", f"validation_{metric}") if metric in BOTH else (metric,):
            values = ((record.epoch, float(getattr(record, name))) for record in run.epochs)
            points = [BandPoint(at, each, each, each, 1) for at, each in values if isfinite(each)]
            lines.append((run, label, slot, name.partition("_")[0], points))
    return _curves(lines, metric, lambda point: _text(metric, point.mean))


def bands_frame(
    groups: Sequence[SeedGroup],
    baseline_id: str | None = None,
    metric: str = "validation_accuracy",
) -> pd.DataFrame:
    """Return one row per group of seeds and epoch, with the columns of a `curves_frame`.

    `value` is the mean of the `count` runs that reached the epoch, `low` and `high` lie one sample
    standard deviation away, and `text` says both. The group of the run `baseline_id` is the
    baseline. Raises ValueError for more than `MOST_CURVES` groups, `UnknownChoice` for an unknown
    metric.
    """
    _check(len(groups), metric)
    heads = [_head(group, baseline_id) for group in groups]
    members = {head.run_id: group.runs for head, group in zip(heads, groups, strict=True)}
    lines = []
    for head, name, slot in _in_slots(heads, baseline_id):
        runs = members[head.run_id]
        role = metric.partition("_")[0]
        lines.append((head, f"{name} ({seeds_text(runs)})", slot, role, band(runs, metric)))

    def text(point: BandPoint) -> str:
        low, high = _text(metric, point.low), _text(metric, point.high)
        return f"{_text(metric, point.mean)}, from {low} to {high} ({point.count})"

    return _curves(lines, metric, text)


def _curves(
    lines: Sequence[tuple[ComparedRun, str, int, str, Sequence[BandPoint]]],
    metric: str,
    text: Callable[[BandPoint], str],
) -> pd.DataFrame:
    """Return the rows of lines by run, label, slot and role; a single one of an empty line."""
    runs = [run for run, *_ in lines]
    planned = max((run.experiment.training.epochs for run in runs), default=1)
    done = max((points[-1].epoch for *_, points in lines if points), default=0)
    end, chance = epoch_end(done, max(planned, done)), _chance(runs)
    limit, top = _ceiling(metric, [points for *_, points in lines], chance)
    rows = []
    for run, label, slot, role, points in lines:
        common = (run.run_id, label, slot, slot == 0, planned, end, top, chance, role)
        high = above((Place(at.epoch, at.high) for at in points), limit, apart=end / 10)
        arrows = {place.epoch for place in high}
        last = len(points) - 1
        kept = {last, *(n for n, at in enumerate(points) if at.epoch in arrows)}
        drawn = thin([at.mean for at in points], _CURVE_POINTS, keep=kept)
        rows += [
            _Point(
                *common, at.epoch, at.mean, at.low, at.high, at.count, text(at), at.epoch in arrows
            )
            for at in (points[index] for index in drawn)
        ]
        rows += [] if points else [_Point(*common)]
    return frame_of(rows, _Point)


def scatter_frame(runs: Sequence[ComparedRun], baseline_id: str | None = None) -> pd.DataFrame:
    """Return one row per run that has an epoch: best accuracy against `seconds` and `parameters`.

    `parameters` is missing where it is not known. `low` and `high` are the ends of Wilson's 95 %
    interval for the accuracy, missing where the number of validation images is. Labels and slots
    are those of `curves_frame`; beyond `MOST_CURVES` runs slots only count on.
    """
    rows = []
    for run, label, slot in _in_slots(runs, baseline_id):
        if best := run.best:
            share, images = best.validation_accuracy, run.validation_images
            low, high = wilson(round(share * images), images) if images else (nan, nan)
            text = percent_text(share)
            text += f", 95 % interval {percent_text(low)} to {percent_text(high)}" if images else ""
            rows.append(
                _Cost(
                    *(run.run_id, label, slot, slot == 0, run.seconds),
                    nan if run.parameters is None else float(run.parameters),
                    *(share, low, high, text),
                    changed_settings(run.experiment, run.revealed),
                )
            )
    return frame_of(rows, _Cost)


def _in_slots(
    runs: Sequence[ComparedRun], baseline_id: str | None
) -> list[tuple[ComparedRun, str, int]]:
    ordered = sorted(runs, key=lambda run: run.run_id != baseline_id)
    first = 0 if any(run.run_id == baseline_id for run in ordered) else 1
    names = labels(run.name for run in ordered)
    return list(zip(ordered, names, range(first, first + len(ordered)), strict=True))


def _head(group: SeedGroup, baseline_id: str | None) -> ComparedRun:
    head = next((run for run in group.runs if run.run_id == baseline_id), group.runs[0])
    return replace(head, name=group.name)


def _chance(runs: Sequence[ComparedRun]) -> float:
    """Return the loss in nats of guessing among as many classes as any of these runs has."""
    choices = {(run.experiment.data.dataset, run.experiment.data.classes) for run in runs}
    counts = (len(DATASETS[name].labels(classes)) for name, classes in choices)
    return log(max(counts, default=1))


def _ceiling(
    metric: str, lines: Sequence[Sequence[BandPoint]], guessing: float
) -> tuple[float, float]:
    """Return the largest value that the axis makes room for, and where it ends by what is drawn.

    The limit is what most of the lines need; bands have room up to it.
    """
    if metric.endswith("accuracy"):
        return 1.0, 1.0
    limits = [loss_limit((at.mean for at in line), guessing) for line in lines if line]
    limit = median_low(limits) if limits else 2 * guessing
    drawn = [loss for line in lines for at in line for loss in (at.mean, at.high)]
    return limit, highest(drawn, limit, guessing)


def _text(metric: str, value: float) -> str:
    return percent_text(value) if metric.endswith("accuracy") else loss_text(value)


def _check(count: int, metric: str) -> None:
    if count > MOST_CURVES:
        raise ValueError(f"{count} runs are too many for one picture: choose up to {MOST_CURVES}")
    if metric not in CURVES:
        raise UnknownChoice("metric", metric, CURVES)


def frame_of(rows: Sequence[Any], kind: type) -> pd.DataFrame:
    """Return a column of its type for each field of a dataclass, also where it has no rows."""
    kinds = {name: _KINDS[each] for name, each in get_type_hints(kind).items()}
    return pd.DataFrame([astuple(row) for row in rows], columns=list(kinds)).astype(kinds)
