"""Remedies: the change that the doctor proposes, and beside it a change at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from playground.errors import InvalidExperiment
from playground.examination.cases import Case, Run
from playground.examination.judging import FLATTERED, harms
from playground.examination.outcomes import is_better, outcome_of
from playground.examination.plants import change_of_data
from playground.experiment import Experiment, catalog

_WEIGHTS = "model.initialization"
_IMAGES = "validation_too_small"


def remedied(run: Run, changes: Mapping[str, Any]) -> Run:
    """Return a run with settings changed; raises `InvalidExperiment`.

    First weights that are drawn in another way have nothing planted in them.
    """
    replanted = _WEIGHTS not in changes or change_of_data(run.plant) is not None
    return Run(run.experiment.replace(changes), run.plant if replanted else "")


def changed_at_random(run: Run) -> Run:
    """Return a run with one setting changed as a person without a doctor might; by its key."""
    source = random.Random(run.key)
    while True:
        path = source.choice(list(_CHANGES))
        changes = {path: _CHANGES[path](run.experiment, source)}
        try:
            changed = remedied(run, changes)
        except InvalidExperiment:
            continue
        if run.experiment.differences(changed.experiment):
            return changed


def helps(case: Case, run: Run) -> bool:
    """Whether a changed run does better than the case by 2 standard errors.

    Where validation flatters, whether it no longer does; where it has too few images, whether it
    has twice as many.
    """
    before, after = outcome_of(case.run), outcome_of(run)
    if case.rule == FLATTERED:
        return not harms(case, after)
    if case.rule == _IMAGES:
        return len(after.losses) >= 2 * len(before.losses)
    return is_better([after], before)


def beats(case: Case, run: Run, other: Run) -> bool:
    """Whether a changed run ends better than another one: it helps and that does not, or more."""
    first, second = helps(case, run), helps(case, other)
    if first != second or case.rule in (FLATTERED, _IMAGES):
        return first and not second
    mine, theirs = outcome_of(run), outcome_of(other)
    return first and (mine.accuracy, -mine.losses.mean()) > (theirs.accuracy, -theirs.losses.mean())


def _one_of(names: Any) -> Callable[[Experiment, random.Random], Any]:
    return lambda experiment, source: source.choice(list(names))


def _times(path: str, factors: tuple[float, ...]) -> Callable[[Experiment, random.Random], Any]:
    def change(experiment: Experiment, source: random.Random) -> Any:
        value = experiment.get(path)
        return type(value)(value * source.choice(factors))

    return change


def _sizes(experiment: Experiment, source: random.Random) -> list[int]:
    factor = source.choice((0.5, 2.0))
    return [max(1, int(size * factor)) for size in experiment.model.hidden_sizes]


_CHANGES: dict[str, Callable[[Experiment, random.Random], Any]] = {
    "optimizer.learning_rate": _times("optimizer.learning_rate", (0.1, 1 / 3, 3.0, 10.0)),
    "optimizer.name": _one_of(catalog.OPTIMIZERS.names),
    "optimizer.weight_decay": _one_of((0.0, 1e-4, 1e-3, 1e-2)),
    "optimizer.schedule": _one_of(catalog.SCHEDULES.names),
    "training.epochs": _times("training.epochs", (0.5, 2.0)),
    "training.batch_size": _times("training.batch_size", (0.5, 2.0, 4.0)),
    "model.activation": _one_of(catalog.ACTIVATIONS.names),
    "model.dropout": _one_of((0.0, 0.2, 0.5)),
    "model.batch_norm": _one_of((False, True)),
    "model.hidden_sizes": _sizes,
    _WEIGHTS: _one_of(catalog.INITIALIZATIONS.names),
    "data.normalization": _one_of(("dataset", "symmetric", "unit")),
    "data.augmentation": _one_of(("none", "crop")),
}
