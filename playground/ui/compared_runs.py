"""Stored runs as comparisons see them, each with a name of its own. No streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from playground.catalog import ARCHITECTURES, DATASETS
from playground.comparison import ComparedRun
from playground.comparison_frames import labels
from playground.experiment import Experiment
from playground.service import RunStatus
from playground.service.run_info import StoredRun


def in_order(stored: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the starred runs, then the others, the newest first in both."""
    newest_first = sorted(stored, key=lambda run: run.info.created_at, reverse=True)
    return sorted(newest_first, key=lambda run: not run.info.is_starred)


def compared_runs(stored: Iterable[StoredRun]) -> list[ComparedRun]:
    """Return the runs in the same order; of equal names the younger ones get a number."""
    runs = list(stored)
    oldest_first = sorted(runs, key=lambda run: run.info.created_at)
    unique = labels(run.info.name or default_name(run.snapshot.experiment) for run in oldest_first)
    names = {run.info.run_id: name for run, name in zip(oldest_first, unique, strict=True)}
    return [
        ComparedRun(
            run_id=run.info.run_id,
            name=names[run.info.run_id],
            experiment=run.snapshot.experiment,
            epochs=run.snapshot.epochs,
            seconds=run.snapshot.seconds,
            parameters=run.snapshot.started.parameters if run.snapshot.started else None,
            status=run.snapshot.status.value,
            created_at=run.info.created_at,
            group=run.info.group,
        )
        for run in runs
    ]


def default_name(experiment: Experiment) -> str:
    """Return the name of a run that nobody has named, such as "MLP on Digits"."""
    network = ARCHITECTURES[experiment.model.architecture].label
    return f"{network} on {DATASETS[experiment.data.dataset].label}"


def groups_of(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the names of the groups that the runs belong to, that of the newest run first."""
    newest_first = sorted(runs, key=lambda run: run.created_at, reverse=True)
    return list(dict.fromkeys(run.group for run in newest_first if run.group))


def status_text(run: ComparedRun) -> str:
    """Return how far a run is, such as "running 7/20"."""
    planned = run.experiment.training.epochs
    done = len(run.epochs)
    if run.status == RunStatus.FINISHED or (run.status == RunStatus.QUEUED and not done):
        return run.status
    return f"{run.status} {done}/{planned}"
