"""Cases: one run of the corpus each, and what is known of it before it is trained."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from playground.experiment import Experiment

HEALTHY = ""
"""The rule of a run in which nothing is planted."""


@dataclass(frozen=True, slots=True)
class Run:
    """An experiment, and what is done to its images or first weights ("" for nothing).

    `plant` is a name of `playground.examination.plants` and a number, such as "last_layer 30".
    """

    experiment: Experiment
    plant: str = ""

    @property
    def key(self) -> str:
        """The name of its folder: equal runs are trained once, whoever asks for them."""
        text = f"{self.experiment.to_json()}{self.plant}"
        return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Case:
    """A run, the rule that should find what is planted in it, and the same run without it.

    `also` are rules that name the same thing in other words, chosen before anything was trained:
    a rate a hundred times too large may be told as the divergence it leads to.
    """

    name: str
    rule: str
    run: Run
    setup: str
    also: tuple[str, ...] = ()

    @property
    def dataset(self) -> str:
        """The data set of the run."""
        return self.run.experiment.data.dataset

    @property
    def right(self) -> frozenset[str]:
        """The rules that are a right first diagnosis."""
        return frozenset({self.rule, *self.also})
