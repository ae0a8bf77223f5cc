"""What a stamp says, and what is taken for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from compared import epoch
from runs_page import stored

from playground.run.verification import (
    COMPARED,
    Verification,
    compare,
    obstacle,
    read_verification,
    write_verification,
)
from playground.service import RunStatus

STAMP = Verification(
    2, 2, 0.0, "", 0.0, "", 0, True, 1, "cpu", "torch 2.14.1, torchvision 0.29.1", 5.0
)
RECORDS = [epoch(1, 0.5), epoch(2, 0.75)]


def printed(**changes: float) -> list[tuple[float, ...]]:
    """Return the numbers of the records; the second epoch is changed."""
    rows = [tuple(getattr(each, name) for name in COMPARED) for each in RECORDS]
    last = dict(zip(COMPARED, rows[1], strict=True)) | changes
    return [rows[0], tuple(last.values())]


def test_the_same_numbers_differ_by_nothing() -> None:
    assert compare(RECORDS, printed(), 0.0) == (0.0, "", 0, True)


def test_the_last_digit_counts_where_nothing_is_tolerated() -> None:
    loss = RECORDS[1].validation_loss
    rows = printed(validation_loss=loss + 1e-15)
    difference, number, at, is_within = compare(RECORDS, rows, 0.0)
    assert 0 < difference < 1e-14
    assert (number, at, is_within) == ("validation_loss", 2, False)
    assert compare(RECORDS, rows, 0.02)[3]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.78])
def test_what_is_too_far_away_is_not_within(value: float) -> None:
    *_, at, is_within = compare(RECORDS, printed(train_accuracy=value), 0.02)
    assert (at, is_within) == (2, False)


def test_a_large_loss_may_differ_by_a_share_of_it() -> None:
    large = [replace(RECORDS[0], train_loss=100.0)]
    row = tuple(getattr(large[0], name) for name in COMPARED)
    assert compare(large, [(101.9, *row[1:])], 0.02)[3]
    assert not compare(large, [(102.1, *row[1:])], 0.02)[3]


def test_the_stamp_says_what_was_compared() -> None:
    assert STAMP.sentence == (
        "The script came to the run's numbers to the last digit: loss and accuracy in training and "
        "validation of 2 epochs (torch 2.14.1, torchvision 0.29.1, cpu, 1 thread)."
    )
    far = replace(STAMP, difference=0.5, number="train_loss", epoch=2, is_within=False)
    assert "not to the run's numbers" in far.sentence
    assert "0.5, in the train loss of epoch 2" in far.sentence
    assert "should be the same to the last digit" in far.sentence
    close = replace(far, difference=1e-3, is_within=True, tolerance=0.02, why="of bfloat16")
    assert "close to the run's numbers" in close.sentence
    assert "Up to 0.02 (above 1, that share of the number) is allowed, as of bfloat16." in (
        close.sentence
    )


def test_a_stamp_is_kept_with_the_run(playground_home: Path) -> None:
    assert read_verification("run") is None
    write_verification("run", STAMP)
    assert read_verification("run") == STAMP
    file = playground_home / "runs" / "run" / "verification.json"
    for content in (b"", b"{}", b'{"version":2,"stamp":{}}', b"x" * 200_000):
        file.write_bytes(content)
        assert read_verification("run") is None


def test_what_a_script_cannot_come_to_is_said() -> None:
    run = stored("run")
    assert not obstacle(run.info, run.snapshot)
    forked = replace(run.info, parent="other")
    assert "from the weights of another one" in obstacle(forked, run.snapshot)
    going = replace(run.snapshot, status=RunStatus.PAUSED)
    assert "not over" in obstacle(run.info, going)
    assert "no whole epoch" in obstacle(run.info, replace(run.snapshot, epochs=()))
