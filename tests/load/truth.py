"""What the runs of a class must have come to: what each comes to alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from student import Student

from playground.engine.runs.execution import execute
from playground.experiment import Experiment
from playground.run.records import EpochRecord
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store.store import RunStore


def experiment_of(student: Student) -> Experiment:
    return Experiment.from_link({"training.seed": str(student.seed)})


@cache
def alone(experiment: Experiment) -> tuple[EpochRecord, ...]:
    """Train in this process, with nobody else about."""
    return tuple(record for record in execute(experiment) if isinstance(record, EpochRecord))


def complaints(file: Path, students: list[Student], rounds: int) -> list[str]:
    """Return a sentence for every run in the store at `file` that is not what it must be."""
    store = RunStore(file)
    found = []
    for student in students:
        if len(student.runs) != rounds:
            found.append(f"seed {student.seed}: {len(student.runs)} runs in {rounds} rounds")
        for run_id in student.runs:
            problem = problem_of(store.load(run_id).snapshot, experiment_of(student))
            if problem:
                found.append(f"seed {student.seed}, run {run_id}: {problem}")
    store.close()
    return found


def problem_of(snapshot: RunSnapshot, experiment: Experiment) -> str:
    """Say what is wrong with a stored run; "" where it is as if it had been alone."""
    if snapshot.experiment != experiment:
        return "another experiment than the link's"
    if snapshot.status is not RunStatus.FINISHED:
        return f"{snapshot.status.value} {snapshot.message}"
    expected = alone(experiment)
    if len(snapshot.epochs) != len(expected):
        return f"{len(snapshot.epochs)} epochs and not {len(expected)}"
    for mine, theirs in zip(snapshot.epochs, expected, strict=True):
        if not mine.same_result(theirs):
            return f"alone, epoch {theirs.epoch} is {theirs}; here it is {mine}"
    return ""
