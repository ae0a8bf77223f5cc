"""Links as people pass them on: what is wrong in one is told, and the rest of it holds."""

from __future__ import annotations

from collections.abc import Mapping

from playground.errors import InvalidExperiment
from playground.experiment.experiment import Experiment
from playground.experiment.sentences import at_most


def follow_link(
    query: Mapping[str, str], base: Experiment | None = None
) -> tuple[Experiment, list[str]]:
    """Return what a link's parameters make of `base`, and a sentence on each that cannot be.

    One that is wrong only beside another is left out, the later of the two.
    """
    experiment, left = base or Experiment(), dict(query)
    try:
        return Experiment.from_link(left, experiment), []
    except InvalidExperiment:
        problems = left
    while left:
        problems = {}
        for path, value in left.items():
            try:
                experiment = Experiment.from_link({path: value}, experiment)
            except InvalidExperiment as error:
                problems[path] = str(error)
        if len(problems) == len(left):
            break
        left = {path: left[path] for path in problems}  # with what holds now, more may
    return experiment, at_most(problems.values())
