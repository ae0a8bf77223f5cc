"""Sweeps: the experiments of the cross product of lists of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, product
from math import prod
from typing import Any

from playground.analysis.comparison import canonical
from playground.analysis.sweep_values import unique
from playground.analysis.wording import counted, setting_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment, catalog
from playground.experiment.fields import heading, paths, title, unknown_setting

MOST_RUNS = 64
"""Runs of one sweep: an 8×8 heat map is still readable, and an evening's work for a small PC."""


def expand(experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> list[Experiment]:
    """Return the cross product of `values` by path as experiments, the last path varying fastest.

    Combinations that come to the same network and training (a setting that means nothing in them)
    are there once. Raises `InvalidExperiment` for an empty list, more than `MOST_RUNS` runs, and
    combinations that no run can have, each of which is named.
    """
    for path, choices in values.items():
        if path not in paths():
            raise unknown_setting(path)
        if not choices:
            raise InvalidExperiment(f"The sweep has no value for {title(path)}: write at least 1.")
    lists = {path: unique(choices) for path, choices in values.items()}
    count = prod(len(choices) for choices in lists.values())
    if count > MOST_RUNS:
        sizes = " × ".join(f"{len(choices)} of {title(path)}" for path, choices in lists.items())
        raise InvalidExperiment(
            f"This sweep has {count:,} runs ({sizes}): at most {MOST_RUNS} are allowed, so leave "
            "out some values."
        )
    found: dict[Experiment, Experiment] = {}
    impossible: dict[str, list[str]] = {}
    for combination in product(*lists.values()):
        changes = dict(zip(lists, combination, strict=True))
        try:
            candidate = experiment.chosen(changes)
        except InvalidExperiment as error:
            impossible.setdefault(str(error), []).append(combination_text(changes))
        else:
            found.setdefault(canonical(candidate), candidate)
    if impossible:
        raise InvalidExperiment(
            " ".join(
                f"{sentence} (In this sweep: {'; '.join(where)}.)"
                for sentence, where in impossible.items()
            )
        )
    for path, choices in lists.items():
        if len(choices) > 1 and all(path in each.unused() for each in found):
            raise InvalidExperiment(
                f"{heading(path)} changes nothing in any run of this sweep: its other settings do "
                "not use it. Sweep over something else, or change in the sidebar what it is for."
            )
    return list(found.values())


def combination_text(changes: Mapping[str, Any]) -> str:
    """Return one combination of a sweep, such as "lr 0.1 · batch size 64"."""
    return " · ".join(setting_text(path, value) for path, value in changes.items())


def sweep_name(experiment: Experiment, values: Mapping[str, Sequence[Any]]) -> str:
    """Return a name for the group of runs: "MLP on Digits: learning rate × batch size, 6 runs"."""
    swept = [path for path, choices in values.items() if len(unique(choices)) > 1]
    count = len(expand(experiment, values))
    network = catalog.ARCHITECTURES[experiment.model.architecture].label
    images = catalog.DATASETS[experiment.data.dataset].label
    what = " × ".join(title(path) for path in islice(swept, 4)) or "no setting"
    return f"{network} on {images}: {what}, {counted(count, 'run')}"
