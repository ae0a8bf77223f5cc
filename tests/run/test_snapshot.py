from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from playground.experiment import Experiment
from playground.run import protocol
from playground.run.protocol import Message
from playground.run.records import (
    BatchRecord,
    EpochRecord,
    PreparationRecord,
    RestoredRecord,
    StartedRecord,
)
from playground.run.reporter import Reporter
from playground.run.snapshot import RunSnapshot, RunStatus, fold

EXPERIMENT = Experiment().replace({"training.epochs": 4})
FRESH = RunSnapshot("r", EXPERIMENT)

# Evaluating an image counts as a third of training on one: an epoch is 90 + 30 / 3 = 100 parts.
STARTED = StartedRecord(650, 90, 30, 9, ("a", "b"), "cpu", 1, "f", "k")


def epoch(number: int, accuracy: float = 0.5) -> EpochRecord:
    return EpochRecord(number, 1.0, 0.4, 1.1, accuracy, 0.001, 2.0, 0.5, 180.0)


def told(event: str, record: object = None, **fields: Any) -> Message:
    packed = {} if record is None else {"record": protocol.pack(record)}
    return {"event": event, "run": "r", **packed, **fields}


def after(*events: Message, seconds: float = 1.0) -> RunSnapshot:
    snapshot = FRESH
    for event in events:
        snapshot = fold(snapshot, event, seconds)
    return snapshot


def test_epochs_that_no_checkpoint_holds_are_forgotten_and_that_is_told() -> None:
    done = [told("started", STARTED), *(told("epoch", epoch(number)) for number in (1, 2, 3))]
    for kept, note in ((2, "is that of epoch 2"), (0, "the run began anew")):
        records = tuple(epoch(number) for number in range(1, kept + 1))
        snapshot = after(*done, told("restored", RestoredRecord(records, ())))
        assert (len(snapshot.epochs), snapshot.batches) == (kept, ())
        assert note in snapshot.note
        snapshot = after(*done, told("restored", RestoredRecord(records, (), "Elsewhere.")))
        assert snapshot.note.startswith("Elsewhere. ")
    everything = tuple(epoch(number) for number in (1, 2, 3))
    assert after(*done, told("restored", RestoredRecord(everything, ()))).note == ""
    assert after(told("started", STARTED), told("restored", RestoredRecord((), ()))).note == ""


def batch(number: int, of: int = 9, epoch_number: int = 1, phase: Any = "train") -> Message:
    loss = 1.5 if phase == "train" else None
    return told("batch", BatchRecord(epoch_number, phase, number, of, loss), losses=[])


STARTING = told("started", STARTED)


def test_a_fresh_run_waits_and_has_done_nothing() -> None:
    assert FRESH.status is RunStatus.QUEUED
    assert (FRESH.progress, FRESH.seconds_left, FRESH.best) == (0.0, None, None)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (told("preparing", PreparationRecord("Loading", 0.5)), RunStatus.RUNNING),
        (STARTING, RunStatus.RUNNING),
        (told("paused"), RunStatus.PAUSED),
        (told("resumed"), RunStatus.RUNNING),
        (told("stopped"), RunStatus.STOPPED),
        (told("finished", best_epoch=1), RunStatus.FINISHED),
        (told("failed", message="No."), RunStatus.FAILED),
        (told("interrupted", message="Closed."), RunStatus.INTERRUPTED),
    ],
)
def test_the_first_event_decides_the_status(event: Message, status: RunStatus) -> None:
    snapshot = after(event)
    assert snapshot.status is status
    assert snapshot.message == event.get("message", "")
    assert snapshot.version == 1


def test_every_record_survives_the_way_through_the_protocol() -> None:
    preparing = after(told("preparing", PreparationRecord("Loading", 0.5, 3.0, True)))
    assert preparing.preparation == PreparationRecord("Loading", 0.5, 3.0, True)
    snapshot = after(STARTING, batch(2), told("epoch", epoch(1)), told("epoch", epoch(2)))
    assert snapshot.preparation is None
    assert snapshot.started == STARTED
    assert snapshot.batch == BatchRecord(1, "train", 2, 9, 1.5)
    assert snapshot.epochs == (epoch(1), epoch(2))


@pytest.mark.parametrize(
    ("events", "share"),
    [
        ([], 0.0),
        ([batch(3)], 0.30),
        ([batch(9)], 0.90),
        ([batch(1, 2, phase="validation")], 0.95),
        ([batch(2, 2, phase="validation")], 1.0),
        ([batch(2, 2, phase="validation"), told("epoch", epoch(1))], 1.0),
        ([told("epoch", epoch(1)), batch(3, epoch_number=2)], 1.30),
        ([told("epoch", epoch(number)) for number in (1, 2, 3, 4)], 4.0),
    ],
)
def test_progress_counts_images_trained_on_and_evaluated(
    events: list[Message], share: float
) -> None:
    assert after(STARTING, *events).progress == pytest.approx(share / 4)


def test_progress_counts_training_images_evaluated_after_the_epoch_too() -> None:
    exact = EXPERIMENT.replace({"training.train_accuracy": "after_epoch"})
    running = replace(after(STARTING, batch(9)), experiment=exact)
    assert running.epoch_progress == pytest.approx(90 / 130)  # 90 and a third of 90 + 30
    measuring = fold(running, batch(2, 4, phase="validation"), 1.0)
    assert measuring.epoch_progress == pytest.approx((90 + 20) / 130)


def test_progress_never_falls_as_a_run_goes_on() -> None:
    events = [STARTING]
    for number in (1, 2, 3, 4):
        events += [batch(count, epoch_number=number) for count in range(1, 10)]
        events += [batch(count, 3, number, "validation") for count in (1, 2, 3)]
        events.append(told("epoch", epoch(number)))
    shares, snapshot = [], FRESH
    for event in events:
        snapshot = fold(snapshot, event, 1.0)
        shares.append(snapshot.progress)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_time_left_follows_from_the_pace_so_far() -> None:
    snapshot = after(STARTING, batch(5), told("epoch", epoch(1)), seconds=10.0)
    assert snapshot.seconds == 20.0  # the preparation before the start does not count
    assert snapshot.seconds_left == pytest.approx(60.0)  # three epochs more


def test_what_a_run_took_is_the_sum_of_its_parts_also_of_those_before_it_was_forked() -> None:
    parts = tuple(epoch(number) for number in (1, 2))  # half a second each
    forked = after(told("started", STARTED), told("restored", RestoredRecord(parts, ())))
    assert forked.computing_seconds == 1.0
    assert forked.seconds_left == pytest.approx(1.0)  # two epochs more
    done = fold(forked, told("epoch", epoch(3)), 1.0)
    assert done.computing_seconds == 1.5


def test_what_comes_before_the_first_batch_is_told_whenever_it_changes() -> None:
    told: list[Message] = []
    reporter = Reporter("r", told.append, interval=1e9)
    for message in ("Loading", "Loading", "Building"):
        reporter.take(PreparationRecord(message))
    assert [event["record"]["message"] for event in told] == ["Loading", "Building"]


def test_a_pause_costs_no_time() -> None:
    running = after(STARTING, batch(5), told("paused"))
    assert running.seconds == 2.0
    resumed = fold(running, told("resumed"), 1000.0)
    assert resumed.seconds == 2.0
    assert fold(resumed, batch(6), 1.0).seconds == 3.0


@pytest.mark.parametrize("end", ["stopped", "finished", "failed", "interrupted"])
@pytest.mark.parametrize(
    "late", [batch(7), told("epoch", epoch(1)), told("resumed"), told("failed", message="Late.")]
)
def test_nothing_changes_a_run_that_is_over_and_it_has_no_time_left(
    end: str, late: Message
) -> None:
    over = after(STARTING, batch(5), told(end, message="Over."))
    assert over.seconds_left is None
    assert fold(over, late, 1.0) == over


@pytest.mark.parametrize("status", RunStatus)
def test_a_status_is_live_or_paused_or_over(status: RunStatus) -> None:
    assert status.is_live + status.is_over + (status is RunStatus.PAUSED) == 1


def test_a_snapshot_has_no_way_back_into_the_run() -> None:
    with pytest.raises(FrozenInstanceError):
        FRESH.status = RunStatus.FINISHED  # type: ignore[misc]
    assert replace(FRESH, message="x") != FRESH
