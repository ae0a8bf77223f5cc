from __future__ import annotations

from dataclasses import replace

import pytest

from playground.experiment import Experiment
from playground.run.records import BatchRecord, EpochRecord, PreparationRecord, StartedRecord
from playground.service import RunSnapshot, RunStatus
from playground.ui.train.toolbar import about, progress_of

EPOCHS = 10
EXPERIMENT = Experiment().replace({"training.epochs": EPOCHS})


def epochs(count: int) -> tuple[EpochRecord, ...]:
    return tuple(
        EpochRecord(number, 0.5, 0.8, 0.6, 0.75, 0.001, 1.0, 0.1, 9000.0)
        for number in range(1, count + 1)
    )


def run(status: RunStatus, done: int = 0, seconds: float = 0.0) -> RunSnapshot:
    return RunSnapshot("abc", EXPERIMENT, status, epochs=epochs(done), seconds=seconds)


def under_way(
    batch: int, batches: int, done: int, seconds: float, each: float = 0.1
) -> RunSnapshot:
    snapshot = run(RunStatus.RUNNING, done, seconds)
    records = tuple(replace(record, seconds=each) for record in snapshot.epochs)
    return replace(
        snapshot,
        epochs=records,
        started=StartedRecord(650, 300, 0, batches, ("a", "b"), "cpu", 1, "f"),
        batch=BatchRecord(done + 1, "train", batch, batches, 1.0),
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "less than a second"),
        (3.4, "about 3 s"),
        (13.0, "about 15 s"),
        (59.0, "about 60 s"),
        (400.0, "about 7 min"),
        (9000.0, "about 2.5 h"),
    ],
)
def test_an_expected_time_is_no_more_exact_than_it_is(seconds: float, text: str) -> None:
    assert about(seconds) == text


def test_without_a_run_it_says_how_many_epochs_are_planned() -> None:
    assert progress_of(None, 20) == (0.0, "Ready: 20 epochs planned")
    assert progress_of(None, 2, "brisk")[1] == "Ready: 2 epochs planned, slow enough to watch"
    assert progress_of(None, 1) == (0.0, "Ready: 1 epoch planned")


@pytest.mark.parametrize(
    ("snapshot", "share", "text"),
    [
        (run(RunStatus.QUEUED), 0.0, "Starting PyTorch"),
        (run(RunStatus.RUNNING), 0.0, "Epoch 1/10 · first batch"),
        (under_way(1, 400, 0, 2.0), 0.00025, "Epoch 1/10 · batch 1/400 · 1 % · 2 h 13 min left"),
        (under_way(301, 400, 4, 2.0), 0.475, "Epoch 5/10 · 48 % · 2 s left"),
        (
            under_way(301, 400, 4, 40.0, each=10.0),
            0.475,
            "Epoch 5/10 · batch 301/400 · 48 % · 44 s left",
        ),
        (
            replace(under_way(10, 40, 4, 2.0), pace="slow"),  # at full speed 3 s would be left
            0.425,
            "Epoch 5/10 · 42 % · 12 s left",
        ),
        (
            replace(under_way(10, 40, 4, 2.0), pace="batch"),
            0.425,
            "Epoch 5/10 · batch 10/40 · 42 % · 29 s left",
        ),
        (run(RunStatus.RUNNING, 4, 8.0), 0.4, "Epoch 5/10 · 40 % · 12 s left"),
        (run(RunStatus.RUNNING, 4, 4.0), 0.4, "Epoch 5/10 · 40 % · 6 s left"),
        (run(RunStatus.RUNNING, 9, 0.9), 0.9, "Epoch 10/10 · 90 % · 1 s left"),
        (run(RunStatus.RUNNING, 1, 600.0), 0.1, "Epoch 2/10 · 10 % · 1 h 30 min left"),
        (run(RunStatus.RUNNING, 10, 5.0), 1.0, "Epoch 10/10 · 100 % · 1 s left"),
        (run(RunStatus.PAUSED, 3), 0.3, "Paused after 3 of 10 epochs · 30 %"),
        (run(RunStatus.STOPPED, 2), 0.2, "Stopped after 2 of 10 epochs"),
        (run(RunStatus.INTERRUPTED, 2), 0.2, "Interrupted after 2 of 10 epochs"),
        (run(RunStatus.FAILED, 1), 0.1, "Failed after 1 of 10 epochs"),
        (run(RunStatus.FINISHED, 10, 75.0), 1.0, "Finished 10 epochs in 1.0 s of computing"),
    ],
)
def test_every_status_says_how_far_it_is(snapshot: RunSnapshot, share: float, text: str) -> None:
    assert progress_of(snapshot, 99) == (pytest.approx(share, rel=0.01), text)


@pytest.mark.parametrize("status", RunStatus)
def test_no_status_is_left_without_words(status: RunStatus) -> None:
    share, text = progress_of(run(status, 1), EPOCHS)
    assert 0.0 <= share <= 1.0
    assert text[0].isupper()


def test_preparation_has_the_bar_until_training_begins() -> None:
    record = PreparationRecord("Downloading MNIST, file 1 of 4", 0.25, 90.0)
    preparing = replace(run(RunStatus.RUNNING), preparation=record)
    assert progress_of(preparing, EPOCHS) == (
        0.25,
        "Downloading MNIST, file 1 of 4 · 1:30 min left",
    )
    endless = replace(preparing, preparation=PreparationRecord("Looking for MNIST"))
    assert progress_of(endless, EPOCHS) == (0.0, "Looking for MNIST")
    stopped = replace(preparing, status=RunStatus.STOPPED)
    assert progress_of(stopped, EPOCHS) == (0.0, "Stopped after 0 of 10 epochs")


def test_a_pause_within_an_epoch_is_told_to_a_tenth() -> None:
    started = StartedRecord(100, 300, 100, 10, ("a", "b"), "cpu", 1, "")
    batch = BatchRecord(4, "train", 5, 10, 0.5)
    paused = replace(run(RunStatus.PAUSED, 3), started=started, batch=batch)
    share, text = progress_of(paused, EPOCHS)
    # Half of the training batches, and validation counts a third: 0.5 * 300 / (300 + 100 / 3).
    assert share == pytest.approx((3 + 0.45) / 10)
    assert text == "Paused after 3.5 of 10 epochs · 34 %"
