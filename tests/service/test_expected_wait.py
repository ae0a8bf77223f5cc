from __future__ import annotations

from dataclasses import replace

import pytest
from compared import epoch

from playground.experiment import Experiment
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.admission import RUNNING_PER_OWNER, Ticket
from playground.service.expected_wait import expected_seconds, expected_wait

TEN_EPOCHS = Experiment().replace({"training.epochs": 10})


def running(owner: str, *, done: int, each: float = 1.0) -> tuple[Ticket, RunSnapshot]:
    """Return a run of ten epochs that has done some, of so many seconds of computing each."""
    epochs = tuple(replace(epoch(number, 0.5), seconds=each) for number in range(1, done + 1))
    name = f"run of {owner} after {done}"
    snapshot = RunSnapshot(name, TEN_EPOCHS, RunStatus.RUNNING, epochs=epochs)
    return Ticket(name, owner), snapshot


MINE = Ticket("mine", "me")


def test_the_first_in_the_queue_waits_for_the_first_end_once_there_is_a_pace() -> None:
    assert expected_wait("mine", [MINE], [running("a", done=4)]) == pytest.approx(6.0)
    assert expected_wait("mine", [MINE], [running("a", done=0)]) is None
    assert expected_wait("mine", [], [running("a", done=4)]) is None  # it does not wait


def test_runs_that_take_turns_make_each_other_wait() -> None:
    under_way = [running("a", done=4), running("b", done=2)]
    assert expected_wait("mine", [MINE], under_way) == pytest.approx(2 * 6.0)
    assert expected_wait("mine", [MINE], under_way, lanes=2) == pytest.approx(6.0)


def test_whoever_is_behind_waits_for_the_next_end() -> None:
    under_way = [running("a", done=4), running("b", done=2)]
    waiting = [Ticket("theirs", "d"), MINE]
    # After 12 s the first ends, and theirs begins beside the one that has 2 s left.
    assert expected_wait("mine", waiting, under_way) == pytest.approx(12.0 + 2 * 2.0)


def test_a_run_that_starts_meanwhile_is_as_long_as_the_others() -> None:
    waiting = [Ticket("theirs", "d"), MINE]
    assert expected_wait("mine", waiting, [running("a", done=9)]) == pytest.approx(1.0 + 10.0)


def test_with_as_many_as_one_may_have_only_an_end_of_ones_own_counts() -> None:
    others = [running("other", done=9)]
    mine = [running("me", done=5) for _ in range(RUNNING_PER_OWNER)]
    waiting = [Ticket("theirs", "other"), MINE]
    # Other's one second takes five turns; then the four have four seconds left each.
    assert expected_wait("mine", waiting, others + mine) == pytest.approx(5.0 + 4 * 4.0)


def test_a_run_takes_as_long_as_the_newest_that_did_the_same_work() -> None:
    runs = [running("a", done=2, each=each)[1] for each in (3.0, 1.0, 2.0, 50.0)]
    draft = TEN_EPOCHS.replace({"training.epochs": 5, "optimizer.learning_rate": 0.1})
    assert expected_seconds(draft, runs) == pytest.approx(5 * 2.0)
    assert expected_seconds(draft, [running("a", done=0)[1], *runs]) == pytest.approx(5 * 2.0)
    for path, value in (("training.batch_size", 8), ("model.hidden_sizes", [9])):
        assert expected_seconds(draft.replace({path: value}), runs) is None
