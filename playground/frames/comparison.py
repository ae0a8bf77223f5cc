"""Runs side by side as tidy data frames for the charts. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, log, nan
from statistics import median_low
from typing import Any

import pandas as pd

from playground.analysis.comparison import METRICS, ComparedRun
from playground.analysis.groups import seeds_text
from playground.analysis.seeds import BandPoint, SeedGroup, band
from playground.analysis.wording import changed_settings, labels, percent_text
from playground.errors import UnknownChoice
from playground.experiment.catalog import DATASETS
from playground.frames.history import loss_text
from playground.run.downsampling import thin

MOST_CURVES = 8
"""Runs in one picture: as many as there are colours that can be told apart."""

_CURVE_POINTS = 250
_ALWAYS_DRAWN = 3.0  # losses up to here are never cut off

_CURVES = {
    "run_id": "str",
    "label": "str",
    "slot": "int64",
    "is_baseline": "bool",
    "planned": "int64",
    "epoch": "float64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "ceiling": "float64",
    "chance": "float64",
    "count": "int64",
    "text": "str",
}
_NUMBERS = ("epoch", "value", "low", "high")
_SCATTER = {
    "run_id": "str",
    "label": "str",
    "slot": "int64",
    "is_baseline": "bool",
    "seconds": "float64",
    "parameters": "float64",
    "accuracy": "float64",
    "text": "str",
    "settings": "str",
}


def curves_frame(
    runs: Sequence[ComparedRun],
    baseline_id: str | None = None,
    metric: str = "validation_accuracy",
) -> pd.DataFrame:
    """Return one row per run and epoch of one of `METRICS`, the baseline first.

    `label` is the run's name, made different where two are the same; `slot` counts the runs and
    gives each its colour, 0 being the baseline's alone; `planned` is the longest run's number of
    epochs; `ceiling` is the largest value worth drawing, so that one run that diverges does not
    press the others flat; `chance` is the loss of guessing among the most classes of any run. A run
    without an epoch has one row without a value, so that the legend knows it. Raises ValueError
    for more than `MOST_CURVES` runs, `UnknownChoice` for an unknown metric.
    """
    _check(len(runs), metric)
    top = _ceiling(metric, [[getattr(record, metric) for record in run.epochs] for run in runs])
    rows: list[dict[str, Any]] = []
    for run, label, slot in _in_slots(runs, baseline_id):
        points = [
            BandPoint(record.epoch, value, value, value, 1)
            for record in run.epochs
            if isfinite(value := float(getattr(record, metric)))
        ]
        rows += _line(
            points,
            lambda at: _text(metric, at.mean),
            run_id=run.run_id,
            label=label,
            slot=slot,
        )
    return _curves(rows, runs, top)


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
    bands = {run_id: band(runs, metric) for run_id, runs in members.items()}
    top = _ceiling(metric, [[point.mean for point in points] for points in bands.values()])

    def text(point: BandPoint) -> str:
        low, high = _text(metric, point.low), _text(metric, point.high)
        return f"{_text(metric, point.mean)}, from {low} to {high} ({point.count})"

    rows: list[dict[str, Any]] = []
    for head, name, slot in _in_slots(heads, baseline_id):
        label = f"{name} ({seeds_text(members[head.run_id])})"
        rows += _line(bands[head.run_id], text, run_id=head.run_id, label=label, slot=slot)
    return _curves(rows, heads, top)


def _line(
    points: Sequence[BandPoint], text: Callable[[BandPoint], str], **common: object
) -> list[dict[str, Any]]:
    """Return the rows of one line; without a point one that has only what they share."""
    drawn = thin([point.mean for point in points], _CURVE_POINTS, keep={len(points) - 1})
    return [
        {
            **common,
            "epoch": float(point.epoch),
            "value": point.mean,
            "low": point.low,
            "high": point.high,
            "count": point.count,
            "text": text(point),
        }
        for point in (points[index] for index in drawn)
    ] or [
        dict.fromkeys(("epoch", "value", "low", "high"), nan) | common | {"count": 0, "text": "–"}
    ]


def _curves(rows: list[dict[str, Any]], runs: Sequence[ComparedRun], top: float) -> pd.DataFrame:
    planned = max((run.experiment.training.epochs for run in runs), default=1)
    shared = {"planned": planned, "ceiling": top, "chance": _chance(runs)}
    return typed([{**row, "is_baseline": row["slot"] == 0, **shared} for row in rows], _CURVES)


def scatter_frame(runs: Sequence[ComparedRun], baseline_id: str | None = None) -> pd.DataFrame:
    """Return one row per run that has an epoch: best accuracy against `seconds` and `parameters`.

    `parameters` is missing where it is not known. Labels and slots are those of `curves_frame`;
    beyond `MOST_CURVES` runs slots only count on.
    """
    rows = [
        {
            "run_id": run.run_id,
            "label": label,
            "slot": slot,
            "is_baseline": slot == 0,
            "seconds": run.seconds,
            "parameters": nan if run.parameters is None else float(run.parameters),
            "accuracy": best.validation_accuracy,
            "text": percent_text(best.validation_accuracy),
            "settings": changed_settings(run.experiment, run.revealed),
        }
        for run, label, slot in _in_slots(runs, baseline_id)
        if (best := run.best)
    ]
    return typed(rows, _SCATTER)


def _in_slots(
    runs: Sequence[ComparedRun], baseline_id: str | None
) -> list[tuple[ComparedRun, str, int]]:
    ordered = sorted(runs, key=lambda run: run.run_id != baseline_id)
    first = 0 if any(run.run_id == baseline_id for run in ordered) else 1
    names = labels(run.name for run in ordered)
    return list(zip(ordered, names, range(first, first + len(ordered)), strict=True))


def _head(group: SeedGroup, baseline_id: str | None) -> ComparedRun:
    return next((run for run in group.runs if run.run_id == baseline_id), group.runs[0])


def _chance(runs: Sequence[ComparedRun]) -> float:
    """Return the loss in nats of guessing among as many classes as any of these runs has."""
    names = {run.experiment.data.dataset for run in runs}
    return log(max((len(DATASETS[name].class_names) for name in names), default=1))


def _ceiling(metric: str, lines: Sequence[Sequence[float]]) -> float:
    """Return the largest value that the axis makes room for: what most of the lines need."""
    if metric.endswith("accuracy"):
        return 1.0
    tops = [max(finite) for line in lines if (finite := [v for v in line if isfinite(v)])]
    return max(_ALWAYS_DRAWN, min(2 * median_low(tops), 1e300)) if tops else _ALWAYS_DRAWN


def _text(metric: str, value: float) -> str:
    return percent_text(value) if metric.endswith("accuracy") else loss_text(value)


def _check(count: int, metric: str) -> None:
    if count > MOST_CURVES:
        raise ValueError(f"{count} runs are too many for one picture: choose up to {MOST_CURVES}")
    if metric not in METRICS:
        raise UnknownChoice("metric", metric, METRICS)


def typed(rows: Sequence[dict[str, Any]], dtypes: dict[str, str]) -> pd.DataFrame:
    """Return the rows with these columns and types, of which none is missing when it is empty."""
    frame = pd.DataFrame(list(rows), columns=list(dtypes))
    texts = [name for name, kind in dtypes.items() if kind == "str"]
    frame[texts] = frame[texts].fillna("")
    return frame.astype(dtypes)
