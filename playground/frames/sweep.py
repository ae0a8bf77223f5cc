"""The runs of a sweep by the settings swept: cells of a heat map, points of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Literal

import pandas as pd

from playground.analysis.comparison import CHANCE, ComparedRun, differing_settings
from playground.analysis.groups import best_group, groups_with, seeds_text
from playground.analysis.seeds import (
    FEWEST,
    SeedGroup,
    seed_statistics,
    seeds_of,
    without_seed,
)
from playground.analysis.wording import percent_text, setting_text, value_text
from playground.errors import UnknownChoice
from playground.experiment import Experiment
from playground.experiment.fields import choices, paths, title
from playground.experiment.settings import split_sizes
from playground.frames.comparison import frame_of

_RATES = ("optimizer.learning_rate", "optimizer.weight_decay")
_DECADE = 10


@dataclass(frozen=True, slots=True)
class _Cell:
    """The runs at one place of the heat map."""

    x: str
    y: str
    x_order: int
    y_order: int
    x_title: str
    y_title: str
    run_id: str
    accuracy: float
    text: str
    settings: str
    seeds: str
    best: bool


@dataclass(frozen=True, slots=True)
class _Point:
    """The mean of a group of seeds at one value, or one of its runs."""

    x: str
    x_order: int
    x_value: float
    x_title: str
    scale: str
    accuracy: float
    low: float
    high: float
    text: str
    settings: str
    seeds: str
    best: bool
    is_run: bool


def sweep_frame(
    runs: Sequence[ComparedRun],
    x_path: str,
    y_path: str | None = None,
    among: Sequence[ComparedRun] = (),
) -> pd.DataFrame:
    """Return one row per pair of values of two settings, or per value of one.

    `accuracy` is the best validation accuracy of the cell's run; over several seeds, those `among`
    other runs included, it is their mean, and where other settings were swept too it is that of the
    best of them, which `settings` names in full. It is missing before the first epoch: `text` is
    the run's status then. `best` marks the one best cell, of equal ones that of the run started
    first. Numbers are in order of size, names in that of the catalogue.
    Raises `UnknownChoice` for a setting that no experiment has.
    """
    for path in (x_path, y_path):
        if path is not None and path not in paths():
            raise UnknownChoice("setting", path, paths())
    swept = [row.path for row in differing_settings(runs) if row.path not in CHANCE]
    cells: dict[tuple[Any, Any], list[SeedGroup]] = {}
    own = {without_seed(run.experiment): run.experiment for run in runs}
    groups = groups_with(runs, among)
    best = best_group(groups)
    for group in groups:
        experiment = own[without_seed(group.runs[0].experiment)]
        key = (experiment.get(x_path), experiment.get(y_path) if y_path else None)
        cells.setdefault(key, []).append(group)
    x_values = _in_order(x_path, [x for x, _ in cells])
    y_values = _in_order(y_path or "", [y for _, y in cells])
    x_title, y_title = title(x_path), title(y_path) if y_path else ""
    rows = [
        _Cell(
            value_text(x_path, x),
            value_text(y_path, y) if y_path else "",
            x_values.index(x),
            y_values.index(y),
            x_title,
            y_title,
            *_outcome(found, swept),
            any(group is best for group in found),
        )
        for (x, y), found in cells.items()
    ]
    return frame_of(sorted(rows, key=lambda row: (row.y_order, row.x_order)), _Cell)


def sweep_points(
    runs: Sequence[ComparedRun], path: str = "", among: Sequence[ComparedRun] = ()
) -> pd.DataFrame:
    """Return the best group of seeds at each value of a setting, and each of its runs.

    Without a path, of runs that differ in the seeds alone, there is a value for each split.
    `scale` says how the values are drawn: "linear" or "log" by their `x_value`, or as "names".
    `accuracy` is the mean over the seeds, `low` and `high` lie one sample standard deviation away
    and are missing for a single seed; rows that are a single run of several have `is_run`.
    Raises `UnknownChoice` for a setting that no experiment has.
    """
    if path and path not in paths():
        raise UnknownChoice("setting", path, paths())
    swept = [row.path for row in differing_settings(runs) if row.path not in CHANCE]
    own = {without_seed(run.experiment): run.experiment for run in runs}
    by_value: dict[Any, list[SeedGroup]] = {}
    numbers: dict[Any, float | None] = {}
    for group in groups_with(runs, among):
        experiment = own[without_seed(group.runs[0].experiment)]
        value = experiment.get(path) if path else seeds_of(group.runs[0])[1]
        by_value.setdefault(value, []).append(group)
        numbers[value] = _number(path, experiment)
    best = best_group(group for groups in by_value.values() for group in groups)
    scale = _scale(path, list(numbers.values()))
    rows = []
    for order, value in enumerate(_in_order(path, list(by_value))):
        groups = by_value[value]
        group = best_group(groups) or groups[0]
        _, accuracy, text, settings, seeds = _outcome([group], swept)
        label = value_text(path, value) if path else f"split seed {value}"
        label = label if path or len(by_value) > 1 else seeds
        at = (label, order, nan if scale == "names" else numbers[value] or 0.0)
        place = (*at, title(path) if path else "", scale)
        rated = [(run, run.best.validation_accuracy) for run in group.runs if run.best]
        if len(rated) >= FEWEST:
            rows += [
                _Point(*place, each, nan, nan, percent_text(each), run.name, "", False, True)
                for run, each in rated
            ]
        ends = _whiskers(group)
        rows.append(_Point(*place, accuracy, *ends, text, settings, seeds, group is best, False))
    return frame_of(rows, _Point)


def _outcome(groups: Sequence[SeedGroup], swept: Sequence[str]) -> tuple[str, float, str, str, str]:
    """Return the run, accuracy, text, settings and counted seeds of the best of these groups."""
    group = best_group(groups) or groups[0]
    numbers = seed_statistics(group.runs)
    first, accuracy = group.runs[0], numbers.mean if numbers else nan
    used = [path for path in swept if path not in first.experiment.unused()]
    settings = " · ".join(setting_text(path, first.experiment.get(path)) for path in used)
    text = percent_text(accuracy) if numbers else first.status
    return first.run_id, accuracy, text, settings, seeds_text(group.runs) if numbers else "–"


def _whiskers(group: SeedGroup) -> tuple[float, float]:
    numbers = seed_statistics(group.runs)
    if numbers is None or numbers.standard_deviation is None:
        return nan, nan
    spread = numbers.standard_deviation
    return max(numbers.mean - spread, 0.0), min(numbers.mean + spread, 1.0)


def _scale(path: str, values: Sequence[float | None]) -> Literal["linear", "log", "names"]:
    """Return how values are drawn: rates, and what spans more than tenfold, on a log axis."""
    numbers = sorted(value for value in values if value is not None)
    if len(numbers) < max(2, len(values)):
        return "names"
    is_wide = path in _RATES or 0 < _DECADE * numbers[0] < numbers[-1]
    return "log" if is_wide and numbers[0] >= 0 else "linear"


def _number(path: str, experiment: Experiment) -> float | None:
    """Return the value of a setting as a place on an axis; None where it is no number."""
    value = experiment.get(path) if path else None
    if path == "data.training_images" and value is None:
        return float(split_sizes(experiment.data)[0])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _in_order(path: str, values: Sequence[Any]) -> list[Any]:
    names = choices()[path].names if path in choices() else []

    def key(value: Any) -> tuple[Any, ...]:
        match value:
            case None:
                return (1, 0)
            case str():
                return (0, names.index(value) if value in names else len(names), value)
            case tuple():
                return (0, len(value), value)
        return (0, value)

    return sorted(set(values), key=key)
