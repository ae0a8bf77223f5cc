"""How long a run will probably wait for its turn and take, from what was measured of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from statistics import fmean, median

from playground.experiment import Experiment
from playground.run.snapshot import RunSnapshot
from playground.service.admission import RUNNING_PER_OWNER, Ticket

# What decides how long an epoch takes: runs that share it are as fast as each other.
_COSTLY = (
    *(f"data.{name}" for name in ("dataset", "training_images", "image_size", "augmentation")),
    *(f"data.{name}" for name in ("classes", "validation", "validation_share")),
    *(f"model.{name}" for name in ("architecture", "hidden_sizes", "activation", "batch_norm")),
    *("optimizer.name", "training.batch_size", "training.accumulation", "training.device"),
    *("training.precision", "training.train_accuracy", "training.devices"),
)
_NEWEST = 3  # runs that tell how fast this machine is now


def expected_seconds(experiment: Experiment, runs: Iterable[RunSnapshot]) -> float | None:
    """Return the seconds of computing that a run will probably take; None where nothing tells.

    `runs`, the newest first, tell it where they do the same work in every epoch.
    """
    work = _work(experiment)
    like = (run for run in runs if run.epochs and _work(run.experiment) == work)
    known = [_epoch_seconds(run) for run in islice(like, _NEWEST)]
    return experiment.training.epochs * median(known) if known else None


@lru_cache(maxsize=4096)
def _work(experiment: Experiment) -> tuple[object, ...]:
    idle = experiment.unused()
    return tuple(None if path in idle else experiment.get(path) for path in _COSTLY)


@dataclass
class _Job:
    left: float  # seconds of computing
    frees_a_place: bool


def expected_wait(
    run_id: str,
    waiting: Sequence[Ticket],
    running: Sequence[tuple[Ticket, RunSnapshot]],
    lanes: int = 1,
) -> float | None:
    """Return the seconds until `run_id` starts; None where nothing tells.

    Runs under way share `lanes` evenly, and each that starts meanwhile is taken to be as long as
    they are. Whoever has as many under way as one may waits for an end of their own.
    """
    ticket = next((each for each in waiting if each.run_id == run_id), None)
    if ticket is None:
        return None
    known = [snapshot for _, snapshot in running if snapshot.epochs]
    if not known:
        return None
    length = median(_epoch_seconds(each) * each.experiment.training.epochs for each in known)
    is_own_limit = sum(each.owner == ticket.owner for each, _ in running) >= RUNNING_PER_OWNER

    def counts(each: Ticket) -> bool:
        return not is_own_limit or each.owner == ticket.owner

    jobs = [
        _Job(_work_left(snapshot) if snapshot.epochs else length, counts(each))
        for each, snapshot in running
    ]
    ahead = sum(counts(each) for each in waiting[: waiting.index(ticket)])
    now = 0.0
    while jobs:
        first = min(jobs, key=lambda job: job.left)
        now += first.left * max(1.0, len(jobs) / lanes)
        for job in jobs:
            if job is not first:
                job.left -= first.left
        jobs.remove(first)
        if first.frees_a_place:
            if not ahead:
                return now
            ahead -= 1
            jobs.append(_Job(length, frees_a_place=True))
    return None


def _epoch_seconds(snapshot: RunSnapshot) -> float:
    return fmean(record.seconds for record in snapshot.epochs)


def _work_left(snapshot: RunSnapshot) -> float:
    """Return the seconds of computing up to the planned end."""
    left = snapshot.experiment.training.epochs - len(snapshot.epochs) - snapshot.epoch_progress
    return max(0.0, left) * _epoch_seconds(snapshot)
