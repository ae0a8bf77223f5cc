from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from playground.experiment import catalog
from playground.frames.class_counts import class_counts_frame
from playground.frames.history import (
    SERIES,
    history_frame,
)
from playground.frames.losses import loss_text
from playground.frames.references import Reference
from playground.frames.steps import STEP_MEASURES, steps_frame
from playground.frames.tables import metrics_table, verdicts_csv
from playground.run.downsampling import BatchPoint, debiased_average, thin
from playground.run.records import EpochRecord
from playground.run.verdicts import Judged


def record(epoch: int, accuracy: float = 0.5, loss: float = 1.0) -> EpochRecord:
    train = (loss, accuracy + 0.01)
    return EpochRecord(epoch, *train, loss + 0.1, accuracy, 0.001, 1.5, 0.25, 4000.0, 0.01)


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
    assert len(frame) == 4 * len(records) + len(batches) + 2  # and where the axes end


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
    wild = [replace(RUN[0], train_loss=9.0), RUN[1]]
    lines = [Reference("near", 0.8), Reference("far", 0.2)]
    seen = [("loss", 2, "ill")]
    frame = history_frame(RUN, BATCHES, wild, continued=1, references=lines, findings=seen)
    assert set(frame.series) == set(SERIES)
    found = frame[frame.series == "finding"]
    assert found[["metric", "epoch", "text"]].to_numpy().tolist() == [["loss", 2.0, "ill"]]
    assert rows(frame, "previous train", "loss")["value"].tolist() == [9.0, 0.5]


def test_the_pointer_reads_both_runs_and_goes_on_where_only_the_previous_one_has_epochs() -> None:
    frame = history_frame(RUN[:2], previous=[replace(record, train_loss=4.0) for record in RUN])
    read = frame[frame.read & (frame.metric == "loss")]
    assert read[["epoch", "train"]].sort_values("epoch").values.tolist() == [
        [1.0, "1.5 (previous 4)"],
        [2.0, "0.5 (previous 4)"],
        [3.0, "– (previous 4)"],
    ]


def test_a_run_that_was_only_continued_is_drawn_once_and_another_way_from_where_they_part() -> None:
    on = [*RUN, record(4, 0.97, 0.2)]
    assert "previous" not in " ".join(history_frame(on, previous=RUN, continued=3).series)
    assert "previous" not in " ".join(history_frame([], previous=RUN, continued=3).series)
    apart = history_frame([RUN[0], *on[:2]], previous=RUN, continued=1)
    assert rows(apart, "previous train", "loss")["epoch"].tolist() == [1.0, 2.0, 3.0]
    stranger = [replace(record, train_loss=4.0) for record in RUN]
    drawn = history_frame(on, previous=stranger, continued=3)
    assert len(rows(drawn, "previous train", "loss")) == 3


def test_lines_to_compare_with_are_left_off_where_their_words_have_no_room() -> None:
    shares = {"first": 0.92, "crowded": 0.9, "low": 0.3, "by chance": 0.12}
    lines = [Reference(*each) for each in shares.items()]
    frame = history_frame(RUN, references=lines)
    found = frame[frame.series.isin(["reference", "far reference"])]
    assert found[["series", "text", "below"]].values.tolist() == [
        ["reference", "first 92.0 %", True],
        ["far reference", "low 30.0 %", True],
    ]
    assert rows(frame, "guessing", "loss")[["epoch", "value"]].values.tolist() == [
        [0, math.log(10)]
    ]
    above = history_frame(RUN[:1], references=lines[:1])
    assert not above[above.text == "first 92.0 %"].below.any()  # the run is below, at 60 %


@pytest.mark.parametrize(
    ("done", "planned", "end"),
    [(0, 100, 10), (4, 100, 10), (4, 5, 5), (10, 100, 10), (11, 100, 20), (51, 80, 80)],
)
def test_the_epoch_axis_grows_to_the_plan(done: int, planned: int, end: int) -> None:
    frame = history_frame(
        [record(epoch) for epoch in range(1, done + 1)],
        previous=[record(epoch) for epoch in range(1, 201)],
        planned=planned,
    )
    assert rows(frame, "end", "loss")["epoch"].tolist() == [end]
    assert rows(frame, "previous train", "loss")["epoch"].max() == end
    assert steps_frame(RUN, planned=100).end.unique().tolist() == [10]


def test_a_measure_of_the_steps_has_a_row_for_each_epoch_that_was_measured() -> None:
    older = [replace(record, update_ratio=None) for record in RUN]
    assert steps_frame(older, measure="update_ratio").empty
    assert steps_frame([replace(RUN[0], gradient_norm=math.inf)]).empty
    for measure, value in zip(STEP_MEASURES, (1.5, 0.001, 0.01), strict=True):
        frame = steps_frame(RUN, older, measure=measure)
        assert frame[frame.series == "this run"].value.tolist() == [value] * 3
        assert (frame.series == "previous").sum() == (0 if measure == "update_ratio" else 3)


def test_a_loss_that_is_no_number_has_no_row() -> None:
    frame = history_frame([replace(RUN[0], train_loss=math.inf, validation_loss=math.nan)])
    assert set(frame.series[frame.metric == "loss"]) == {"end"}


def test_the_ceiling_follows_this_run_and_not_a_previous_one_that_diverged() -> None:
    frame = history_frame(RUN, BATCHES, [record(1, loss=1e9)])
    assert set(frame[frame.metric == "loss"].ceiling) == {2.5}  # the highest batch
    assert set(frame[frame.metric == "accuracy"].ceiling) == {1.0}
    assert rows(frame, "above", "loss")["text"].tolist() == [
        "previous validation loss 1e+09 in epoch 1"
    ]


def test_each_stretch_above_the_ceiling_has_one_arrow_at_its_highest_loss() -> None:
    losses = [7.1, 9.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4, 30.0, 0.3]
    run = [record(epoch, loss=loss) for epoch, loss in enumerate(losses, 1)]
    frame = history_frame(run, planned=11)
    ceiling = math.log(10)  # nothing of what is drawn is higher than guessing
    assert frame[frame.metric == "loss"].ceiling.unique().tolist() == [ceiling]
    assert rows(frame, "above", "loss")[["epoch", "value", "text"]].values.tolist() == [
        [2.0, 9.1, "validation loss 9.1 in epoch 2"],
        [10.0, 30.1, "validation loss 30.1 in epoch 10"],
    ]
    assert rows(history_frame(run[2:9]), "above", "loss").empty


def test_a_run_that_only_grows_keeps_its_usual_losses_on_the_axis() -> None:
    frame = history_frame([record(1, loss=2.3), record(2, loss=1e30), record(3, loss=1e308)])
    assert frame.ceiling[frame.metric == "loss"].unique().tolist() == [1e30]
    assert rows(frame, "above", "loss")["epoch"].tolist() == [3.0]


def test_a_thousand_epochs_become_at_most_500_points_per_line() -> None:
    run = [record(epoch, 0.5 + 0.3 * math.sin(epoch)) for epoch in range(1, 1001)]
    run[437] = replace(run[437], validation_accuracy=0.93)
    frame = history_frame(run, previous=run, planned=1000)
    assert frame.groupby(["series", "metric"]).size().max() <= 500
    assert frame[frame.best].epoch.tolist() == [438.0, 438.0]
    assert frame.read.sum() <= 402
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
        "2,0.5,97.7,0.6,96.7,0.001,1.5,0.01,0.25,4000.0"
    )


def test_a_loss_that_is_no_number_reads_as_a_dash() -> None:
    assert loss_text(math.inf) == "–"


def test_verdicts_are_taken_away_as_csv_in_which_no_name_is_a_formula() -> None:
    judged = [Judged(507, 1, "label wrong"), Judged(12, 9, "network's fault")]
    assert verdicts_csv("k3y", "mnist", judged, ["zero", "=1+1"]) == (
        "run,dataset,image,label,verdict\n"
        "k3y,mnist,507,'=1+1,label wrong\n"
        "k3y,mnist,12,9,network's fault\n"
    )
