"""Runs for comparisons: made up, with the validation accuracies that a test asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.analysis.comparison import ComparedRun
from playground.experiment import Experiment
from playground.run.records import EpochRecord


def epoch(number: int, accuracy: float, loss: float | None = None) -> EpochRecord:
    """Return an epoch with this validation accuracy, and a loss that falls as it rises."""
    loss = 2.3 * (1 - accuracy) if loss is None else loss
    return EpochRecord(number, 0.9 * loss, accuracy, loss, accuracy, 0.001, 1.0, 0.5, 1000.0)


def experiment(**changes: Any) -> Experiment:
    """Return the default experiment with changes; `training__seed=3` sets training.seed."""
    return Experiment().replace({name.replace("__", "."): value for name, value in changes.items()})


def run(
    accuracies: Sequence[float] = (), name: str = "run", status: str = "finished", **changes: Any
) -> ComparedRun:
    """Return a run with one epoch per accuracy; the rest are changes to its experiment."""
    return ComparedRun(
        run_id=f"id-{name}",
        name=name,
        experiment=experiment(**changes),
        epochs=tuple(epoch(number, value) for number, value in enumerate(accuracies, start=1)),
        seconds=0.5 * len(accuracies),
        parameters=1000,
        status=status,
        created_at=1_700_000_000.0,
    )
