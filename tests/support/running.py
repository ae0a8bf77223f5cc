"""Runs as a worker draws them, and their records."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from playground.engine.machine.runtime import TorchState
from playground.engine.runs.execution import RunRecord, execute
from playground.engine.runs.journal import AFRESH, Beginning
from playground.experiment import Experiment
from playground.run.records import EpochRecord

K = TypeVar("K")


def run(of: Experiment, folder: Path | None = None, begin: Beginning = AFRESH) -> list[RunRecord]:
    """Return all records, drawn as a worker does: under a random state of the run's own."""
    with TorchState().active():
        return list(execute(of, folder, begin=begin))


def of_kind(kind: type[K], records: Iterable[object]) -> list[K]:
    """Return those of the records that are of this kind."""
    return [record for record in records if isinstance(record, kind)]


def epochs_of(records: Iterable[object]) -> list[EpochRecord]:
    return of_kind(EpochRecord, records)


def assert_same(mine: list[EpochRecord], theirs: list[EpochRecord]) -> None:
    assert len(mine) == len(theirs)
    assert all(one.same_result(other) for one, other in zip(mine, theirs, strict=True))
