"""The runs of a sweep as cells of a heat map. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd

from playground.analysis.comparison import CHANCE, ComparedRun, differing_settings
from playground.analysis.groups import best_group, groups_with, seeds_text
from playground.analysis.seeds import SeedGroup, seed_statistics, without_seed
from playground.analysis.wording import percent_text, setting_text, value_text
from playground.errors import UnknownChoice
from playground.experiment.fields import choices, paths, title
from playground.frames.comparison import frame_of


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


def _outcome(groups: Sequence[SeedGroup], swept: Sequence[str]) -> tuple[str, float, str, str, str]:
    """Return the run, accuracy, text, settings and counted seeds of the best of these groups."""
    group = best_group(groups) or groups[0]
    numbers = seed_statistics(group.runs)
    first, accuracy = group.runs[0], numbers.mean if numbers else nan
    used = [path for path in swept if path not in first.experiment.unused()]
    settings = " · ".join(setting_text(path, first.experiment.get(path)) for path in used)
    text = percent_text(accuracy) if numbers else first.status
    return first.run_id, accuracy, text, settings, seeds_text(group.runs) if numbers else "–"


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
