"""Records to tidy data frames, one row per thing that a chart draws. No torch, no streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import ceil, isfinite, log, nan

import pandas as pd
import pyarrow as pa

from playground.analysis.wording import percent_text
from playground.frames.extent import epoch_end
from playground.frames.losses import (
    above,
    batch_places,
    epoch_places,
    highest,
    loss_text,
    run_limit,
)
from playground.frames.references import Reference, uncrowded
from playground.run.downsampling import BatchPoint, debiased_average, thin
from playground.run.records import EpochRecord, best_by_accuracy

SERIES = (
    "train",
    "validation",
    "train batches",
    "previous train",
    "previous validation",
    "above",
    "continued",
    "reference",
    "far reference",
    "guessing",
    "finding",
    "end",
)

FEW_EPOCHS = 60
"""Up to so many epochs each has a dot that can be seen."""

_MOST_READ = 200  # epochs that the pointer finds, in a plot of 250 to 600 pixels

Findings = Sequence[tuple[str, int, str]]
"""Metric, epoch and words of what is to be marked on a chart."""

_HISTORY_DTYPES = {
    **dict.fromkeys(("epoch", "value", "low", "high", "ceiling"), "float64"),
    **dict.fromkeys(("series", "metric", "text", "train", "validation"), "str"),
    **dict.fromkeys(("best", "dotted", "read", "below"), "bool"),
}
_ARROW_TYPES = {"float64": pa.float64(), "str": pa.string(), "bool": pa.bool_()}


def history_frame(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint] = (),
    previous: Sequence[EpochRecord] = (),
    smoothing: float = 0.6,
    continued: int = 0,
    planned: int = 20,
    classes: int = 10,
    references: Sequence[Reference] | None = None,
    findings: Findings = (),
) -> pd.DataFrame:
    """Return everything both live charts draw; columns and types are the same when it is empty.

    `epoch` (float; a batch lies between two epochs), `series` (one of `SERIES`), `metric` ("loss"
    in nats or "accuracy" from 0 to 1), `value`, `low` and `high` (batches only, never smoothed),
    `ceiling` (where a linear axis ends; what lies above it has a row "above" for each stretch),
    `best` (validation in the epoch that is best by accuracy), `dotted` and `read` (whether the
    epoch has a dot, and whether the pointer finds it), and for people `text`, and what `train` and
    `validation` reached in that epoch, in the previous run as well. The row "end" is where the
    epoch axis ends, of `planned` epochs. `previous` is an earlier run to compare with; `continued`
    is the epoch after which this run was forked, 0 for one that was not: what both have in common
    is drawn once. Each of the `references` that is not crowded out has a row "reference", or "far
    reference" outside of what the lines reach, with `text` and, at its other side, `below`; with
    them comes "guessing", the loss of a network that knows nothing, at epoch 0. Each of `findings`
    has a row "finding" where it is seen. Raises ValueError for a `smoothing` of 1 or more.
    """
    columns = _history_columns(
        records, batches, previous, smoothing, continued, planned, classes, references, findings
    )
    return pd.DataFrame(columns).astype(_HISTORY_DTYPES)


def history_table(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint] = (),
    previous: Sequence[EpochRecord] = (),
    smoothing: float = 0.6,
    continued: int = 0,
    planned: int = 20,
    classes: int = 10,
    references: Sequence[Reference] | None = None,
    findings: Findings = (),
) -> pa.Table:
    """Return a `history_frame` as an Arrow table: sooner made, and two charts send it as it is.

    Missing numbers are null.
    """
    columns = _history_columns(
        records, batches, previous, smoothing, continued, planned, classes, references, findings
    )
    types = {name: _ARROW_TYPES[kind] for name, kind in _HISTORY_DTYPES.items()}
    arrays = [pa.array(columns[name], kind, from_pandas=True) for name, kind in types.items()]
    return pa.table(arrays, names=list(types))


def apart(
    previous: Sequence[EpochRecord], records: Sequence[EpochRecord], continued: int
) -> Sequence[EpochRecord]:
    """Return of an earlier run what this one, `continued` after that epoch, has not in common.

    Both lines begin at the epoch where they part; nothing is left of a run that was only continued.
    """
    common = min(continued, len(records))
    if not continued or list(previous[:common]) != list(records[:common]):
        return previous
    return previous[continued - 1 :] if len(previous) > continued else ()


def _history_columns(
    records: Sequence[EpochRecord],
    batches: Sequence[BatchPoint],
    previous: Sequence[EpochRecord],
    smoothing: float,
    continued: int,
    planned: int,
    classes: int,
    references: Sequence[Reference] | None,
    findings: Findings,
) -> dict[str, Sequence[object]]:
    done = max([len(records), *(point.position for point in batches[-1:])])
    end = epoch_end(done, max(planned, ceil(done), 1))
    previous = [record for record in apart(previous, records, continued) if record.epoch <= end]
    limit = run_limit(records, batches, log(classes))
    own = [*epoch_places(records), *batch_places(batches)]
    places = [*own, *epoch_places(previous, "previous ")]
    top = highest([place.loss for place in places], limit, log(classes))
    arrows = above(places, limit, apart=end / 10)
    ends = {"continued": float(continued), "end": float(end)}
    parts = [
        *_epoch_lines(previous, records, "previous ", top, end),
        *_epoch_lines(records, previous, "", top, end),
        _columns(
            "train batches",
            "loss",
            top,
            epoch=[point.position for point in batches],
            value=debiased_average([point.mean for point in batches], smoothing),
            low=[point.low for point in batches],
            high=[point.high for point in batches],
        ),
        _columns(
            "above",
            "loss",
            top,
            epoch=[place.epoch for place in arrows],
            value=[place.loss for place in arrows],
            text=[place.words for place in arrows],
        ),
        *_reference_lines(references, records, previous, classes, top),
        *(
            _columns(series, metric, high, epoch=[at], value=[nan], text=[f"after epoch {at:.0f}"])
            for series, at in ends.items()
            for metric, high in (("loss", top), ("accuracy", 1.0))
            if at
        ),
        *(
            _columns("finding", metric, 1.0, epoch=[float(at)], value=[nan], text=[text])
            for metric, at, text in findings
        ),
    ]
    return {name: [value for part in parts for value in part[name]] for name in _HISTORY_DTYPES}


def _reference_lines(
    references: Sequence[Reference] | None,
    records: Sequence[EpochRecord],
    previous: Sequence[EpochRecord],
    classes: int,
    top: float,
) -> Iterator[Mapping[str, Sequence[object]]]:
    """Yield the columns of what the lines are to be compared with; nothing of None."""
    if references is None:
        return
    guessing = log(classes)
    words = f"guessing {guessing:.2f}"
    yield _columns("guessing", "loss", top, epoch=[0.0], value=[guessing], text=[words])
    runs = (*records, *previous)
    reached = [share for each in runs for share in (each.train_accuracy, each.validation_accuracy)]
    low, high = min(reached, default=0.0), max(reached, default=1.0)
    latest = records[-1].validation_accuracy if records else 0.0
    for each in uncrowded(references, 1 / classes):
        yield _columns(
            "reference" if low <= each.share <= high else "far reference",
            "accuracy",
            1.0,
            epoch=[nan],
            value=[each.share],
            text=[each.text],
            below=[each.is_below(latest)],
        )


def _epoch_lines(
    records: Sequence[EpochRecord],
    others: Sequence[EpochRecord],
    prefix: str,
    top: float,
    end: int,
) -> Iterator[Mapping[str, Sequence[object]]]:
    """Yield the columns of each line, whole columns at a time: a page draws them every second.

    `others` are the epochs of the run that it is compared with: the pointer reads both.
    """
    best = best_by_accuracy(records)
    keep = {records.index(best), len(records) - 1} if best else set()
    every, last = ceil(end / _MOST_READ), others[-1].epoch if others else 0
    for metric in ("loss", "accuracy"):
        is_loss = metric == "loss"
        write = _loss_text if is_loss else _percent_text
        texts = {
            role: _texts(f"{role}_{metric}", records, others, write, is_previous=bool(prefix))
            for role in ("train", "validation")
        }
        for series in ("train", "validation"):
            values: list[float] = [getattr(record, f"{series}_{metric}") for record in records]
            is_rated = (series, prefix) == ("validation", "")
            drawn = [index for index in thin(values, keep=keep) if isfinite(values[index])]
            epochs = [records[index].epoch for index in drawn]
            best_rows = [is_rated and records[index] is best for index in drawn]
            read = [
                series == "validation" and (epoch % every == 0) and (not prefix or epoch > last)
                for epoch in epochs
            ]
            yield _columns(
                prefix + series,
                metric,
                top if is_loss else 1.0,
                epoch=[float(epoch) for epoch in epochs],
                value=[values[index] for index in drawn],
                best=best_rows,
                dotted=[not prefix and (end <= FEW_EPOCHS or epoch == 1) for epoch in epochs],
                read=[any(each) for each in zip(read, best_rows, strict=True)],
                text=[write(values[index]) for index in drawn],
                train=[texts["train"][index] for index in drawn],
                validation=[texts["validation"][index] for index in drawn],
            )


def _texts(
    metric: str,
    records: Sequence[EpochRecord],
    others: Sequence[EpochRecord],
    write: Callable[[float], str],
    *,
    is_previous: bool,
) -> list[str]:
    """Return what the pointer reads at each epoch: of this run, and of the previous one."""
    theirs = {record.epoch: write(getattr(record, metric)) for record in others}
    mine = [write(getattr(record, metric)) for record in records]
    if is_previous:
        return [f"– (previous {text})" for text in mine]
    return [
        f"{text} (previous {theirs[record.epoch]})" if record.epoch in theirs else text
        for text, record in zip(mine, records, strict=True)
    ]


def _columns(
    series: str, metric: str, top: float, **own: Sequence[object]
) -> Mapping[str, Sequence[object]]:
    """Return the columns of one line; what it has not of its `own` is the same in every row."""
    same = {"series": series, "metric": metric, "ceiling": top, "low": nan, "high": nan}
    same |= dict.fromkeys(("best", "dotted", "read", "below"), False) | {"text": "", "train": ""}
    same |= {"validation": ""}
    return {name: [value] * len(own["epoch"]) for name, value in same.items()} | own


# A line of a long run is written anew at every look, and all but its end is as it was.
_loss_text = lru_cache(maxsize=8192)(loss_text)
_percent_text = lru_cache(maxsize=8192)(percent_text)
