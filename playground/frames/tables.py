"""Runs as tables: a row per run for the page, a row per epoch as CSV. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan

import pandas as pd

from playground.analysis.comparison import ComparedRun
from playground.analysis.wording import changed_settings, value_text
from playground.experiment.fields import paths
from playground.recipes import recipe_text
from playground.run.downsampling import thin
from playground.run.records import EpochRecord
from playground.run.verdicts import Judged

SPARKLINE_POINTS = 60

_RUNS = {
    **dict.fromkeys(("run_id", "name", "group", "recipe", "changed_settings", "status"), "str"),
    **dict.fromkeys(("best_accuracy", "seconds"), "float64"),
    **dict.fromkeys(("best_epoch", "parameters"), "Int64"),
    "epochs": "int64",
    "created": "datetime64[ms, UTC]",
    "sparkline": "object",
}


def runs_frame(runs: Sequence[ComparedRun]) -> pd.DataFrame:
    """Return one row per run for the table; columns and types are the same when it is empty.

    `best_accuracy` is a share from 0 to 1 (missing before the first epoch, as `best_epoch` is),
    `seconds` the time spent training, `created` in UTC, `sparkline` a list of at most
    `SPARKLINE_POINTS` validation accuracies. Of a run that cannot be read `seconds` is missing,
    and `changed_settings` empty.
    """
    rows = [
        {
            "run_id": run.run_id,
            "name": run.name,
            "group": run.group,
            "recipe": recipe_text(run.recipe, run.experiment),
            "changed_settings": changed_settings(run.experiment, run.revealed) * is_readable,
            "best_accuracy": run.best.validation_accuracy if run.best else nan,
            "best_epoch": run.best.epoch if run.best else None,
            "epochs": len(run.epochs),
            "seconds": run.seconds if is_readable else nan,
            "parameters": run.parameters,
            "status": run.status,
            "created": pd.Timestamp(round(run.created_at * 1000), unit="ms", tz="UTC"),
            "sparkline": _sparkline(run),
        }
        for run in runs
        for is_readable in [run.status != "unreadable"]
    ]
    return pd.DataFrame(rows, columns=list(_RUNS)).astype(_RUNS)


def metrics_table(records: Sequence[EpochRecord]) -> pd.DataFrame:
    """Return one row per epoch for a table or a CSV file, the units in the column names."""
    columns: dict[str, list[float]] = {
        "epoch": [record.epoch for record in records],
        "train loss": [record.train_loss for record in records],
        "train accuracy %": [_hundredfold(record.train_accuracy) for record in records],
        "validation loss": [record.validation_loss for record in records],
        "validation accuracy %": [_hundredfold(record.validation_accuracy) for record in records],
        "learning rate": [record.learning_rate for record in records],
        "gradient norm": [record.gradient_norm for record in records],
        "update ratio": [
            nan if record.update_ratio is None else record.update_ratio for record in records
        ],
        "seconds": [round(record.seconds, 3) for record in records],
        "images per second": [round(record.images_per_second, 1) for record in records],
    }
    frame = pd.DataFrame(columns)
    return frame.astype({name: "int64" if name == "epoch" else "float64" for name in columns})


def metrics_csv(runs: Sequence[ComparedRun]) -> str:
    """Return one row per run and epoch as CSV: the run, its settings by path, its metrics.

    A run without an epoch has no row. Units are in the column names, times in UTC (ISO 8601).
    """
    heads = ["run id", "run", "group", "recipe", "status", "created", "parameters", *paths()]
    tables = [metrics_table([])]
    for run in runs:
        table = metrics_table(run.epochs)
        created = pd.Timestamp(round(run.created_at), unit="s", tz="UTC").isoformat()
        facts: dict[str, object] = {
            "run id": run.run_id,
            "run": _as_words(run.name),
            "group": _as_words(run.group),
            "recipe": run.recipe,
            "status": run.status,
            "created": created,
            "parameters": run.parameters,
            **{path: _plain(value) for path, value in run.experiment.settings().items()},
        }
        tables.append(pd.DataFrame([facts] * len(table), columns=heads).join(table))
    columns = [*heads, *tables[0].columns]
    filled = [table for table in tables if len(table)]
    whole = pd.concat(filled, ignore_index=True) if filled else tables[0]
    text: str = whole.reindex(columns=columns).to_csv(index=False, lineterminator="\n")
    return text


def _sparkline(run: ComparedRun) -> list[float]:
    values = [
        record.validation_accuracy for record in run.epochs if isfinite(record.validation_accuracy)
    ]
    kept = thin(values, SPARKLINE_POINTS, keep={len(values) - 1})
    return [round(values[index], 4) for index in kept]


def _plain(value: object) -> object:
    return value_text("", value) if isinstance(value, tuple) else value


def verdicts_csv(run_id: str, dataset: str, judged: Sequence[Judged], names: Sequence[str]) -> str:
    """Return a row per image: run, data set, its number there, its label as told, the verdict."""
    rows = [
        (run_id, dataset, each.image, _as_words(_name(names, each.label)), each.verdict)
        for each in judged
    ]
    columns = ["run", "dataset", "image", "label", "verdict"]
    text: str = pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
    return text


def _name(names: Sequence[str], label: int) -> str:
    return names[label] if label < len(names) else str(label)


def _as_words(name: str) -> str:
    # A spreadsheet would compute a name such as "=1+1" and could be made to do worse.
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def _hundredfold(share: float) -> float:
    # 100 * 0.967 is 96.7 only after rounding; four places are finer than one image of a million.
    return round(100 * share, 4)
