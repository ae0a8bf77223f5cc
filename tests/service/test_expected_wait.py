from __future__ import annotations

import pytest

from playground.experiment import Experiment
from playground.records import BatchRecord, StartedRecord
from playground.service.admission import RUNNING_PER_OWNER, Ticket
from playground.service.expected_wait import expected_wait
from playground.service.snapshot import RunSnapshot, RunStatus

TEN_EPOCHS = Experiment().replace({"training.epochs": 10})


def running(owner: str, *, done: int, seconds: float) -> tuple[Ticket, RunSnapshot]:
    """Return a run of ten epochs that has done `done` of the 20 batches of its first."""
    started = StartedRecord(10, 100, 0, 10, ("a", "b"), "cpu", 1, "")
    batch = BatchRecord(1, "train", done, 20, 1.0)
    snapshot = RunSnapshot(
        "running", TEN_EPOCHS, RunStatus.RUNNING, started=started, batch=batch, seconds=seconds
    )
    return Ticket("running", owner), snapshot


def hundredth(owner: str, seconds: float) -> tuple[Ticket, RunSnapshot]:
    """Return a run of which a tenth of the first of ten epochs is done."""
    return running(owner, done=2, seconds=seconds)


def test_the_first_in_the_queue_waits_for_the_first_end() -> None:
    under_way = [hundredth("a", 1.0), hundredth("b", 2.0)]
    waiting = [Ticket("mine", "c")]
    assert expected_wait("mine", waiting, under_way) == pytest.approx(99.0)


def test_whoever_is_behind_waits_for_the_next_end() -> None:
    under_way = [hundredth("a", 1.0), hundredth("b", 2.0)]
    waiting = [Ticket("theirs", "d"), Ticket("mine", "c")]
    assert expected_wait("mine", waiting, under_way) == pytest.approx(198.0)


def test_a_run_that_starts_meanwhile_is_as_long_as_the_others() -> None:
    under_way = [hundredth("a", 1.0)]
    waiting = [Ticket("theirs", "d"), Ticket("mine", "c")]
    assert expected_wait("mine", waiting, under_way) == pytest.approx(99.0 + 100.0)


def test_with_as_many_as_one_may_have_only_the_own_runs_count() -> None:
    under_way = [hundredth("me", 10.0) for _ in range(RUNNING_PER_OWNER)] + [
        hundredth("other", 0.1)
    ]
    waiting = [Ticket("theirs", "other"), Ticket("mine", "me")]
    assert expected_wait("mine", waiting, under_way) == pytest.approx(990.0)


def test_before_there_is_a_pace_nothing_is_promised() -> None:
    assert expected_wait("mine", [Ticket("mine", "a")], [running("a", done=0, seconds=1.0)]) is None


def test_a_run_that_does_not_wait_is_not_told_of_a_wait() -> None:
    assert expected_wait("mine", [], [hundredth("a", 1.0)]) is None
