from __future__ import annotations

import pytest

from playground.run.paces import PACES, Pace
from playground.run.records import BatchRecord
from playground.worker import rhythm
from playground.worker.rhythm import Rhythm


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rhythm, "monotonic", clock)
    return clock


def batch(number: int = 1, batches: int = 10, phase: str = "train") -> BatchRecord:
    return BatchRecord(1, phase, number, batches, 0.5)


def train_an_epoch(steady: Rhythm, clock: Clock, batches: int, computing: float) -> float:
    """Compute each batch for so many seconds, when it is due; return the seconds of it all."""
    begin = clock.now
    for number in range(1, batches + 1):
        clock.now = max(clock.now, steady.due) + computing
        steady.take(batch(number, batches))
    clock.now = max(clock.now, steady.due)
    return clock.now - begin


@pytest.mark.parametrize(("name", "batches"), [("brisk", 10), ("brisk", 500), ("slow", 30)])
def test_an_epoch_takes_the_seconds_of_its_pace_however_many_batches_it_has(
    clock: Clock, name: str, batches: int
) -> None:
    steady = Rhythm(PACES[name])
    seconds = train_an_epoch(steady, clock, batches, computing=0.0001)
    assert seconds == pytest.approx(PACES[name].epoch_seconds, abs=0.05)
    assert train_an_epoch(steady, clock, batches, computing=1.0) == pytest.approx(batches)


def test_at_full_speed_and_in_validation_nothing_is_waited_for(clock: Clock) -> None:
    full, slow = Rhythm(PACES["full"]), Rhythm(PACES["batch"])
    full.take(batch())
    slow.take(batch(phase="validation"))
    assert max(full.due, slow.due) <= clock.now
    assert full.waited() == slow.waited() == 0.0


def test_another_pace_or_resume_makes_the_next_batch_due_now(clock: Clock) -> None:
    steady = Rhythm(Pace("an hour", batch_seconds=3600.0))
    steady.take(batch())
    assert steady.due == clock.now + 3600
    steady.change(PACES["full"])
    assert steady.due <= clock.now


def test_what_was_waited_is_told_once_and_the_turns_of_others_are_no_part_of_it(
    clock: Clock,
) -> None:
    steady = Rhythm(PACES["batch"])
    steady.take(batch())
    clock.now += 0.4
    assert steady.waited() == pytest.approx(0.4)
    clock.now += 5.0  # another run had its turn
    assert steady.waited() == pytest.approx(0.6)
    assert steady.waited() == 0.0
