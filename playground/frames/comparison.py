"""Runs side by side as tidy data frames for the charts. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, nan
from statistics import median_low
from typing import Any

import pandas as pd

from playground.analysis.comparison import METRICS, ComparedRun
from playground.analysis.seeds import BandPoint, SeedGroup, band
from playground.analysis.wording import changed_settings
from playground.errors import UnknownChoice
from playground.frames.history import loss_text, percent
from playground.run.downsampling import thin

MOST_CURVES = 8
"""Runs in one picture: as many as there are colours that can be told apart."""

_CURVE_POINTS = 250
_ALWAYS_DRAWN = 3.0  # losses up to here are never cut off: chance of 10 classes is ln 10 = 2.3

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
    "count": "int64",
    "text": "str",
}
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
    runs: Sequence[ComparedRun], baseline_id: str | None = None, metric: str = "validation_accuracy"
) -> pd.DataFrame:
    """Return one row per run and epoch of one of `METRICS`, the baseline first.

    `label` is the run's name, made different where two are the same; `slot` counts the runs and
    gives each its colour, 0 being the baseline's alone; `planned` is the longest run's number of
    epochs; `ceiling` is the largest value worth drawing, so that one run that diverges does not
    press the others flat. A run without an epoch has one row without a value, so that the legend
    knows it. Raises ValueError for more than `MOST_CURVES` runs, `UnknownChoice` for an unknown
    metric.
    """
    _check(len(runs), metric)
    lines = {}
    for run in runs:
        values = ((record.epoch, float(getattr(record, metric))) for record in run.epochs)
        lines[run.run_id] = [BandPoint(epoch, value, value, value, 1) for epoch, value in values]
    frame = _lines_frame(runs, lines, baseline_id, metric, {})
    frame["text"] = [_text(metric, value) for value in frame["value"]]
    return frame.astype(_CURVES)


def bands_frame(
    groups: Sequence[SeedGroup], baseline_id: str | None = None, metric: str = "validation_accuracy"
) -> pd.DataFrame:
    """Return one row per group of seeds and epoch, with the columns of a `curves_frame`.

    `value` is the mean of the `count` runs that reached the epoch, `low` and `high` lie one sample
    standard deviation away, and `text` says both. The group of the run `baseline_id` is the
    baseline. Raises ValueError for more than `MOST_CURVES` groups, `UnknownChoice` for an unknown
    metric.
    """
    _check(len(groups), metric)
    heads = [_head(group, baseline_id) for group in groups]
    lines, sizes = {}, {}
    for head, group in zip(heads, groups, strict=True):
        lines[head.run_id] = band(group.runs, metric)
        count = len(group.runs)
        sizes[head.run_id] = f" ({count} {'seed' if count == 1 else 'seeds'})"
    return _lines_frame(heads, lines, baseline_id, metric, sizes)


def _lines_frame(
    runs: Sequence[ComparedRun],
    lines: Mapping[str, Sequence[BandPoint]],
    baseline_id: str | None,
    metric: str,
    suffixes: Mapping[str, str],
) -> pd.DataFrame:
    """Return the points of `lines`, by run, as a `bands_frame`; suffixes go behind the labels."""
    planned = max((run.experiment.training.epochs for run in runs), default=1)
    top = _ceiling(metric, [[point.mean for point in points] for points in lines.values()])
    rows: list[dict[str, Any]] = []
    for run, label, slot in _in_slots(runs, baseline_id):
        common = {
            "run_id": run.run_id,
            "label": label + suffixes.get(run.run_id, ""),
            "slot": slot,
            "is_baseline": slot == 0,
            "planned": planned,
            "ceiling": top,
        }
        finite = [point for point in lines[run.run_id] if isfinite(point.mean)]
        drawn = thin([point.mean for point in finite], _CURVE_POINTS, keep={len(finite) - 1})
        rows += [
            {
                **common,
                "epoch": float(point.epoch),
                "value": point.mean,
                "low": point.low,
                "high": point.high,
                "count": point.count,
                "text": f"{_text(metric, point.mean)}, from {_text(metric, point.low)} to "
                f"{_text(metric, point.high)} ({point.count})",
            }
            for point in (finite[index] for index in drawn)
        ] or [dict.fromkeys(_CURVES, nan) | common | {"count": 0, "text": ""}]
    return typed(rows, _CURVES)


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
            "text": percent(best.validation_accuracy),
            "settings": changed_settings(run.experiment, run.revealed),
        }
        for run, label, slot in _in_slots(runs, baseline_id)
        if (best := run.best)
    ]
    return typed(rows, _SCATTER)


def labels(names: Iterable[str]) -> list[str]:
    """Return the names, each made different from those before it: "mlp", "mlp (2)"."""
    taken: set[str] = set()
    unique = []
    for name in names:
        label, number = name, 1
        while label in taken:
            number += 1
            label = f"{name} ({number})"
        taken.add(label)
        unique.append(label)
    return unique


def _in_slots(
    runs: Sequence[ComparedRun], baseline_id: str | None
) -> list[tuple[ComparedRun, str, int]]:
    ordered = sorted(runs, key=lambda run: run.run_id != baseline_id)
    first = 0 if any(run.run_id == baseline_id for run in ordered) else 1
    names = labels(run.name for run in ordered)
    return list(zip(ordered, names, range(first, first + len(ordered)), strict=True))


def _head(group: SeedGroup, baseline_id: str | None) -> ComparedRun:
    return next((run for run in group.runs if run.run_id == baseline_id), group.runs[0])


def _ceiling(metric: str, lines: Sequence[Sequence[float]]) -> float:
    """Return the largest value that the axis makes room for: what most of the lines need."""
    if metric.endswith("accuracy"):
        return 1.0
    tops = [max(finite) for line in lines if (finite := [v for v in line if isfinite(v)])]
    return max(_ALWAYS_DRAWN, min(2 * median_low(tops), 1e300)) if tops else _ALWAYS_DRAWN


def _text(metric: str, value: float) -> str:
    return percent(value) if metric.endswith("accuracy") else loss_text(value)


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
