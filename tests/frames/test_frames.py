from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from playground.experiment import catalog
from playground.frames.history import (
    SERIES,
    class_counts_frame,
    history_frame,
    loss_text,
    metrics_table,
)
from playground.run.downsampling import BatchPoint, debiased_average, thin
from playground.run.records import EpochRecord


def record(epoch: int, accuracy: float = 0.5, loss: float = 1.0) -> EpochRecord:
    train = (loss, accuracy + 0.01)
    return EpochRecord(epoch, *train, loss + 0.1, accuracy, 0.001, 1.5, 0.25, 4000.0)


RUN = [record(1, 0.6, 1.5), record(2, 0.967, 0.5), record(3, 0.967, 0.25)]
BATCHES = [BatchPoint(0.5, 2.0, 1.5, 2.5, 4), BatchPoint(1.0, 1.0, 0.5, 1.25, 4)]


def rows(frame: pd.DataFrame, series: str, metric: str) -> pd.DataFrame:
    return frame[(frame.series == series) & (frame.metric == metric)]


@pytest.mark.parametrize("records", [[], RUN[:1], RUN])
@pytest.mark.parametrize("batches", [[], BATCHES])
def test_columns_and_types_are_the_same_for_every_history(
    records: list[EpochRecord], batches: list[BatchPoint]
) -> None:
    frame = history_frame(records, batches)
    pd.testing.assert_series_equal(frame.dtypes, history_frame(RUN, BATCHES, RUN).dtypes)
    assert len(frame) == 4 * len(records) + len(batches)


def test_epoch_points_carry_the_records_numbers_unsmoothed() -> None:
    frame = history_frame(RUN, smoothing=0.99)
    assert rows(frame, "train", "loss")["value"].tolist() == [1.5, 0.5, 0.25]
    assert rows(frame, "validation", "loss")["value"].tolist() == [1.6, 0.6, 0.35]
    assert rows(frame, "validation", "accuracy")["value"].tolist() == [0.6, 0.967, 0.967]
    assert rows(frame, "validation", "accuracy")["epoch"].tolist() == [1.0, 2.0, 3.0]
    assert frame["low"].isna().all()
    row = rows(frame, "validation", "loss").iloc[1]
    assert (row["train"], row["validation"], row["text"]) == ("0.5", "0.6", "0.6")


def test_only_the_first_of_equally_good_epochs_is_the_best() -> None:
    best = history_frame(RUN, previous=[record(1, 0.999)])
    best = best[best.best]
    assert best[["epoch", "series", "metric", "text"]].values.tolist() == [
        [2.0, "validation", "loss", "0.6"],
        [2.0, "validation", "accuracy", "96.7 %"],
    ]


def test_batches_are_smoothed_and_their_extremes_are_not() -> None:
    batches = rows(history_frame([], BATCHES, smoothing=0.5), "train batches", "loss")
    assert batches["value"].tolist() == pytest.approx([2.0, (0.5 * 2.0 + 1.0) / 1.5])
    assert batches["low"].tolist() == [1.5, 0.5]
    assert batches["high"].tolist() == [2.5, 1.25]
    assert batches["epoch"].tolist() == [0.5, 1.0]


def test_the_previous_run_has_series_of_its_own() -> None:
    frame = history_frame(RUN, BATCHES, RUN[:2], continued=1)
    assert set(frame.series) == set(SERIES)
    assert rows(frame, "previous train", "loss")["value"].tolist() == [1.5, 0.5]


def test_a_loss_that_is_no_number_has_no_row() -> None:
    frame = history_frame([replace(RUN[0], train_loss=math.inf, validation_loss=math.nan)])
    assert set(frame.metric) == {"accuracy"}


def test_the_ceiling_follows_this_run_and_not_a_previous_one_that_diverged() -> None:
    frame = history_frame(RUN, BATCHES, [record(1, loss=1e9)])
    assert set(frame[frame.metric == "loss"].ceiling) == {2 * 1.6}
    assert set(frame[frame.metric == "accuracy"].ceiling) == {1.0}


def test_the_epochs_of_this_run_are_always_below_the_ceiling() -> None:
    frame = history_frame([record(1, loss=2.3), record(2, loss=1e30), record(3, loss=1e308)])
    losses = frame[frame.metric == "loss"]
    assert (losses.value[losses.value < 1e299] < losses.ceiling[losses.value < 1e299]).all()
    assert (losses.ceiling < math.inf).all()


def test_a_thousand_epochs_become_at_most_500_points_per_line() -> None:
    run = [record(epoch, 0.5 + 0.3 * math.sin(epoch)) for epoch in range(1, 1001)]
    run[437] = replace(run[437], validation_accuracy=0.93)
    frame = history_frame(run, previous=run)
    assert frame.groupby(["series", "metric"]).size().max() <= 500
    assert frame[frame.best].epoch.tolist() == [438.0, 438.0]
    for (_, _), line in frame.groupby(["series", "metric"]):
        assert line.epoch.max() == 1000
        assert line.epoch.is_monotonic_increasing


@pytest.mark.parametrize("weight", [0.0, 0.6, 0.99])
def test_the_average_of_a_constant_is_that_constant_from_the_first_value_on(weight: float) -> None:
    assert debiased_average([3.0] * 5, weight) == pytest.approx([3.0] * 5)
    assert debiased_average([3.0, 1.0, 2.0], 0.0) == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("weight", [-0.1, 1.0, math.nan])
def test_a_smoothing_out_of_range_is_refused_by_its_value(weight: float) -> None:
    with pytest.raises(ValueError, match=f"smoothing {weight}"):
        debiased_average([1.0], weight)


def test_a_thinned_line_keeps_every_spike_and_the_indices_asked_for() -> None:
    values = [0.0] * 1000
    values[333], values[778] = 9.0, -9.0
    kept = thin(values, limit=50, keep={5, 999})
    assert len(kept) <= 50
    assert {0, 5, 333, 778, 999} <= set(kept)
    assert kept == sorted(kept)
    assert thin([1.0, 2.0, 3.0], limit=3) == [0, 1, 2]


@pytest.mark.parametrize("name", catalog.DATASETS.names)
def test_class_counts_come_in_the_order_of_the_catalogue(name: str) -> None:
    classes = catalog.DATASETS[name].class_names
    numbers = list(range(len(classes)))
    frame = class_counts_frame(classes, {"test": numbers, "train": numbers})
    assert list(dict.fromkeys(frame["class"])) == list(classes)
    assert frame.role.tolist()[:2] == ["train", "test"]
    assert frame[frame.role == "test"].images.tolist() == numbers


def test_class_counts_of_another_length_or_role_are_refused() -> None:
    with pytest.raises(ValueError, match="1 counts for role train"):
        class_counts_frame(["a", "b"], {"train": [1]})
    with pytest.raises(ValueError, match="unknown role dev"):
        class_counts_frame(["a"], {"dev": [1]})


def test_the_metrics_table_has_one_plainly_named_row_per_epoch() -> None:
    table = metrics_table(RUN)
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["validation accuracy %"].tolist() == [60.0, 96.7, 96.7]
    assert table["images per second"].tolist() == [4000.0] * 3
    assert list(metrics_table([]).columns) == list(table.columns)
    assert table.to_csv(index=False).splitlines()[2] == (
        "2,0.5,97.7,0.6,96.7,0.001,1.5,0.25,4000.0"
    )


def test_a_loss_that_is_no_number_reads_as_a_dash() -> None:
    assert loss_text(math.inf) == "–"
