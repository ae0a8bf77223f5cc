"""Recipe: an experiment with a name, and what a person wants to know before starting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS

GROUPS: dict[str, str] = {
    "first": "First contact",
    "published": "Published and mended",
    "next": "Try next",
    "pitfall": "Pitfalls, one each",
}
"""The groups that recipes are listed in, and what they are called."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe. `teaches`, `reaches` and `next` are sentences for a person.

    `changes` are the settings, by path, that differ from the default experiment. `seconds` is how
    long all epochs take on two CPU cores, about. `reached` are validation accuracies, shares from 0
    to 1, after the first epochs one by one, or the best one where it has one number. `twin` is the
    recipe that teaches the same without a download, `beside` the one to be trained side by side
    with this one; both are empty where there is none. `group` says whom it is for, `source` is the
    tutorial that it follows, if any, and `answer` what was measured of what `next` asks. Recipes
    are listed by group, and in it by `order`.
    """

    name: str
    title: str
    teaches: str
    changes: Mapping[str, Any] = field(hash=False)
    seconds: int
    reaches: str
    next: str
    order: int
    reached: tuple[float, ...] = ()
    twin: str = ""
    beside: str = ""
    group: str = "next"
    source: str = ""
    answer: str = ""

    def experiment(self) -> Experiment:
        """Return the experiment; raises `InvalidExperiment` where the file has a wrong setting."""
        return _experiment(self)

    @property
    def download_megabytes(self) -> float:
        """How much comes over the network the first time; 0 for embedded data sets."""
        return DATASETS[self.experiment().data.dataset].download_megabytes

    @property
    def download_text(self) -> str:
        """How much comes over the network, such as "12 MB download"; empty for nothing."""
        return f"{self.download_megabytes:.0f} MB download" if self.download_megabytes else ""

    @property
    def best(self) -> float | None:
        """The accuracy it comes to; None where only its first epochs were measured."""
        is_whole = len(self.reached) in (1, self.experiment().training.epochs)
        return max(self.reached) if self.reached and is_whole else None

    @property
    def takes(self) -> str:
        """How long it takes as people say it, such as "about 4 min"."""
        return time_text(self.seconds)

    def title_of(self, experiment: Experiment) -> str:
        """Return the title, or "based on …" where `experiment` differs from the recipe's."""
        is_changed = bool(self.experiment().differences(experiment))
        return f"based on {self.title}" if is_changed else self.title


def time_text(seconds: float) -> str:
    """Return a time that is known roughly, such as "about 4 min"."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {round(minutes / 60)} h"


@cache
def _experiment(recipe: Recipe) -> Experiment:
    return Experiment().chosen(recipe.changes)
