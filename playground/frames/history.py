"""Records to tidy data frames, one row per thing that a chart draws. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite, nan

import pandas as pd
import pyarrow as pa

from playground.analysis.wording import percent_text
from playground.run.downsampling import BatchPoint, debiased_average, thin
from playground.run.records import EpochRecord, best_by_accuracy

SERIES = (
    "train",
    "validation",
    "train batches",
    "previous train",
    "previous validation",
    "continued",
)
ROLES = ("train", "validation", "test")

_ALWAYS_DRAWN = 3.0
"""Losses up to here are never cut off."""

_HISTORY_DTYPES = {
    **dict.fromkeys(("epoch", "value", "low", "high", "ceiling"), "float64"),
    **dict.fromkeys(("series", "metric", "text", "train", "validation"), "str"),
    "best": "bool",
}
_ARROW_TYPES = {"float64": pa.float64(), "str": pa.string(), "bool": pa.bool_()}


def history_frame(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint] = (),
    previous: Sequence[EpochRecord] = (),
    smoothing: float = 0.6,
    continued: int = 0,
) -> pd.DataFrame:
    """Return everything both live charts draw; columns and types are the same when it is empty.

    `epoch` (float; a batch lies between two epochs), `series` (one of `SERIES`), `metric` ("loss"
    in nats or "accuracy" from 0 to 1), `value`, `low` and `high` (batches only, never smoothed),
    `ceiling` (the largest value worth drawing), `best` (validation in the epoch that is best by
    accuracy), and for people `text`, and what `train` and `validation` reached in that epoch.
    `previous` is an earlier run to compare with; `continued` is the epoch after which this run
    was forked, 0 for one that was not. Raises ValueError for a `smoothing` of 1 or more.
    """
    columns = _history_columns(records, batches, previous, smoothing, continued)
    return pd.DataFrame(columns).astype(_HISTORY_DTYPES)


def history_table(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint] = (),
    previous: Sequence[EpochRecord] = (),
    smoothing: float = 0.6,
    continued: int = 0,
) -> pa.Table:
    """Return a `history_frame` as an Arrow table: sooner made, and two charts send it as it is.

    Missing numbers are null.
    """
    columns = _history_columns(records, batches, previous, smoothing, continued)
    types = {name: _ARROW_TYPES[kind] for name, kind in _HISTORY_DTYPES.items()}
    arrays = [pa.array(columns[name], kind, from_pandas=True) for name, kind in types.items()]
    return pa.table(arrays, names=list(types))


def _history_columns(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint],
    previous: Sequence[EpochRecord],
    smoothing: float,
    continued: int,
) -> dict[str, Sequence[object]]:
    top = _loss_ceiling(records, batches, previous)
    parts = [
        *_epoch_lines(previous, "previous ", top),
        *_epoch_lines(records, "", top),
        _columns(
            "train batches",
            "loss",
            top,
            epoch=[point.position for point in batches],
            value=debiased_average([point.mean for point in batches], smoothing),
            low=[point.low for point in batches],
            high=[point.high for point in batches],
        ),
        *(
            _columns(
                "continued",
                metric,
                top,
                epoch=[float(continued)],
                value=[nan],
                text=[f"after epoch {continued}"],
            )
            for metric in ("loss", "accuracy")
            if continued
        ),
    ]
    return {name: [value for part in parts for value in part[name]] for name in _HISTORY_DTYPES}


def _epoch_lines(
    records: Sequence[EpochRecord], prefix: str, top: float
) -> Iterator[Mapping[str, Sequence[object]]]:
    """Yield the columns of each line, whole columns at a time: a page draws them every second."""
    best = best_by_accuracy(records)
    keep = {records.index(best), len(records) - 1} if best else set()
    lines = {
        ("train", "loss"): [record.train_loss for record in records],
        ("validation", "loss"): [record.validation_loss for record in records],
        ("train", "accuracy"): [record.train_accuracy for record in records],
        ("validation", "accuracy"): [record.validation_accuracy for record in records],
    }
    for (series, metric), values in lines.items():
        is_loss = metric == "loss"
        write = _loss_text if is_loss else _percent_text
        train, validation = lines["train", metric], lines["validation", metric]
        is_rated = (series, prefix) == ("validation", "")
        drawn = [index for index in thin(values, keep=keep) if isfinite(values[index])]
        yield _columns(
            prefix + series,
            metric,
            top if is_loss else 1.0,
            epoch=[float(records[index].epoch) for index in drawn],
            value=[values[index] for index in drawn],
            best=[is_rated and records[index] is best for index in drawn],
            text=[write(values[index]) for index in drawn],
            train=[write(train[index]) for index in drawn],
            validation=[write(validation[index]) for index in drawn],
        )


def _columns(
    series: str, metric: str, top: float, **own: Sequence[object]
) -> Mapping[str, Sequence[object]]:
    """Return the columns of one line; what it has not of its `own` is the same in every row."""
    same = {"series": series, "metric": metric, "ceiling": top, "low": nan, "high": nan}
    same |= {"best": False, "text": "", "train": "", "validation": ""}
    return {name: [value] * len(own["epoch"]) for name, value in same.items()} | own


def _loss_ceiling(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint],
    previous: Sequence[EpochRecord],
) -> float:
    """Return the largest loss that the axis makes room for.

    Without it one wild first batch, or a previous run that diverged, would press the curve one
    wants to read flat on the axis. The epochs of this run are always inside.
    """
    measures: list[Iterable[float]] = [
        [loss for record in records for loss in (record.train_loss, record.validation_loss)],
        [point.mean for point in batches],
        [loss for record in previous for loss in (record.train_loss, record.validation_loss)],
    ]
    for losses in measures:
        finite = [loss for loss in losses if isfinite(loss)]
        if finite:
            return max(_ALWAYS_DRAWN, min(2 * max(finite), 1e300))
    return _ALWAYS_DRAWN


def class_counts_frame(
    class_names: Sequence[str], counts: Mapping[str, Sequence[int]]
) -> pd.DataFrame:
    """Return one row per class and role with its number of `images`, in the catalogue's order.

    `counts` has for each role ("train", "validation", "test") one number per class.
    """
    unknown = [role for role in counts if role not in ROLES]
    if unknown:
        raise ValueError(f"unknown role {unknown[0]}: roles are {', '.join(ROLES)}")
    per_role = {role: list(counts[role]) for role in ROLES if role in counts}
    for role, numbers in per_role.items():
        if len(numbers) != len(class_names):
            raise ValueError(
                f"{len(numbers)} counts for role {role}: pass one for each of the "
                f"{len(class_names)} classes"
            )
    rows = [
        (name, role, int(numbers[index]))
        for index, name in enumerate(class_names)
        for role, numbers in per_role.items()
    ]
    frame = pd.DataFrame(rows, columns=["class", "role", "images"])
    return frame.astype({"class": "str", "role": "str", "images": "int64"})


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
        "seconds": [round(record.seconds, 3) for record in records],
        "images per second": [round(record.images_per_second, 1) for record in records],
    }
    frame = pd.DataFrame(columns)
    return frame.astype({name: "int64" if name == "epoch" else "float64" for name in columns})


def loss_text(loss: float) -> str:
    """Return a loss in nats with four significant digits, such as "0.1234"."""
    return f"{loss:.4g}" if isfinite(loss) else "–"


# A line of a long run is written anew at every look, and all but its end is as it was.
_loss_text = lru_cache(maxsize=8192)(loss_text)
_percent_text = lru_cache(maxsize=8192)(percent_text)


def _hundredfold(share: float) -> float:
    # 100 * 0.967 is 96.7 only after rounding; four places are finer than one image of a million.
    return round(100 * share, 4)
