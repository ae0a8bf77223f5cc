"""Stored runs as comparisons see them, each with a name of its own. No streamlit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from playground.analysis.comparison import ComparedRun
from playground.analysis.wording import (
    MARK,
    MYSTERY_PATH,
    PITFALLS_PATH,
    pitfall_marks,
    setting_text,
)
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, DATASETS
from playground.run.info import RunInfo, StoredRun
from playground.run.names import told_apart, visible
from playground.service import RunStatus

_MOST_NAMED = 3  # settings in a name
_NAMED_APART = {"data.dataset", "model.architecture", PITFALLS_PATH, MYSTERY_PATH}


def in_order(stored: Iterable[StoredRun]) -> list[StoredRun]:
    """Return the starred runs, then the others, the newest first in both."""
    return sorted(stored, key=lambda run: (not run.info.is_starred, -run.info.created_at))


def compared_runs(
    stored: Iterable[StoredRun],
    revealed: frozenset[str] = frozenset(),
    deleted: Iterable[StoredRun] = (),
) -> list[ComparedRun]:
    """Return the runs in the same order, each with a name that no other has.

    Those that are `deleted` keep theirs, so that no name changes when a run goes. A run with
    pitfalls is marked in its name, so that it is wherever the name appears. What a mystery hides is
    named where its code is among those `revealed`.
    """
    runs = list(stored)
    known = {run.info.run_id: run for run in (*deleted, *runs)}
    oldest_first = sorted(known.values(), key=lambda run: run.info.created_at)
    names = told_apart((run.info.run_id, shown_name(run, revealed)) for run in oldest_first)
    return [
        ComparedRun(
            run_id=run.info.run_id,
            name=names[run.info.run_id],
            experiment=run.snapshot.experiment,
            epochs=run.snapshot.epochs,
            # Computing alone: the turns of others are no cost of this run's settings.
            seconds=run.snapshot.computing_seconds,
            parameters=run.snapshot.started.parameters if run.snapshot.started else None,
            status=run.snapshot.status.value,
            created_at=run.info.created_at,
            group=visible(run.info.group),
            recipe=visible(run.info.recipe),
            origin=_origin(run.info, names),
            unmarked=own_name(run),
            revealed=revealed,
            validation_images=run.snapshot.started.validation_images
            if run.snapshot.started
            else None,
            validation_key=run.snapshot.started.validation_key if run.snapshot.started else "",
        )
        for run in runs
    ]


def marked_name(
    name: str, experiment: Experiment, revealed: Collection[str], *, tells_which: bool
) -> str:
    """Return the name of a run, with ⚠ before it where the run has pitfalls.

    With `tells_which` the pitfall follows, or how many there are.
    """
    marks = pitfall_marks(experiment, revealed)
    if not marks:
        return name
    marked = name if name.startswith(MARK) else f"{MARK} {name}"
    which = marks[0] if len(marks) == 1 else f"{len(marks)} pitfalls"
    return f"{marked}, {which}" if tells_which else marked


def shown_name(run: StoredRun, revealed: frozenset[str] = frozenset()) -> str:
    """Return the name of a run with its marks; others may have the same."""
    name = f"imported · {own_name(run)}" if run.info.imported else own_name(run)
    return marked_name(name, run.snapshot.experiment, revealed, tells_which=not run.info.name)


def own_name(run: StoredRun) -> str:
    """Return the name that somebody gave a run, or what its network learns and what is different.

    That is what is not as in the default experiment, such as "MLP on Digits · lr 0.01".
    """
    if run.info.name:
        return visible(run.info.name)
    if run.snapshot.status is RunStatus.UNREADABLE:
        return "Unreadable run"
    experiment = run.snapshot.experiment
    idle = experiment.unused() | _NAMED_APART
    changes = [
        setting_text(change.path, change.new)
        for change in Experiment().differences(experiment)
        if change.path not in idle
    ]
    more = [f"{len(changes) - _MOST_NAMED} more"] if len(changes) > _MOST_NAMED else []
    return " · ".join([default_name(experiment), *changes[:_MOST_NAMED], *more])


def default_name(experiment: Experiment) -> str:
    """Return what learns what, such as "MLP on Digits"."""
    network = ARCHITECTURES[experiment.model.architecture].label
    return f"{network} on {DATASETS[experiment.data.dataset].label}"


def _origin(info: RunInfo, names: Mapping[str, str]) -> str:
    """Return what a run went on from, such as "MLP on Digits at epoch 20"; "" for a run afresh."""
    parent = names.get(info.parent, "a run that is gone")
    return f"{parent} at epoch {info.parent_epoch}" if info.parent else ""


def readable(runs: Iterable[ComparedRun]) -> list[ComparedRun]:
    """Return the runs without those whose settings this version cannot read."""
    return [run for run in runs if run.status != RunStatus.UNREADABLE]


def groups_of(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the names of the groups that the runs belong to, that of the newest run first."""
    newest_first = sorted(runs, key=lambda run: run.created_at, reverse=True)
    return list(dict.fromkeys(run.group for run in newest_first if run.group))


def status_text(run: ComparedRun) -> str:
    """Return how far a run is, such as "running 7/20"."""
    planned = run.experiment.training.epochs
    done = len(run.epochs)
    is_told = run.status in (RunStatus.FINISHED, RunStatus.UNREADABLE)
    if is_told or (run.status == RunStatus.QUEUED and not done):
        return run.status
    return f"{run.status} {done}/{planned}"
