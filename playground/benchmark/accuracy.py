"""Accuracy: how long the fast recipes train until they are right so often, beside a tutorial."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from playground.benchmark.measure import Measure
from playground.benchmark.plan import Plan
from playground.benchmark.processes import Ask
from playground.benchmark.watch import Watch
from playground.experiment import catalog
from playground.recipes import RECIPES

# By data set: the recipe with a tutorial's own settings which is the first to be right so often.
_TUTORIALS = {"mnist": "mnist_cnn_20_50", "cifar10": "cifar10_convnet_7"}
_FAST = re.compile(r"fast_(\w+)_(\d\d)")  # a recipe's name: data set, and percent
_GAIN = 5.0


@dataclass(frozen=True, slots=True)
class Goal:
    """A share of right answers, from 0 to 1, and the two recipes that come to it."""

    dataset: str
    share: float
    fast: str
    tutorial: str

    @property
    def label(self) -> str:
        """Such as "97 % on MNIST"."""
        return f"{self.share:.0%}".replace("%", " % on ") + catalog.DATASETS[self.dataset].label


def goals() -> list[Goal]:
    """Return the goals of all fast recipes that a tutorial can be set beside."""
    found = ((name, _FAST.fullmatch(name)) for name in RECIPES.names)
    return [
        Goal(match[1], int(match[2]) / 100, name, _TUTORIALS[match[1]])
        for name, match in found
        if match and match[1] in _TUTORIALS
    ]


def accuracy_measures(plan: Plan, ask: Ask, tell: Callable[[str], None]) -> Iterator[Measure]:
    """Measure every goal whose images are here, with so many seeds as planned; medians of these."""
    for dataset, tutorial in _TUTORIALS.items():
        here = [goal for goal in goals() if goal.dataset == dataset]
        if not here:
            continue
        if not ask("playground", "has_images", dataset):
            tell(f"{catalog.DATASETS[dataset].label} is left out: its files are not here")
            continue
        # A tutorial passes all its goals in one run; a fast recipe is made for one.
        plans = {tutorial: [goal.share for goal in here], **{g.fast: [g.share] for g in here}}
        taken: dict[tuple[str, float], list[tuple[float, int] | None]] = {}
        watch = Watch()
        for seed in range(plan.seeds):
            for recipe, shares in plans.items():
                tell(f"{RECIPES[recipe].title}, seed {seed + 1} of {plan.seeds}")
                reached = ask("playground", "reach", recipe, shares, seed, plan.device)
                for share, each in zip(shares, reached, strict=True):
                    taken.setdefault((recipe, share), []).append(each)
        tell("the loop that tutorials write")
        epoch_seconds = ask("tutorial", "tutorial_epoch", tutorial, plan.device)
        others = watch.others_cores()
        for goal in here:
            fast, slow = (taken[recipe, goal.share] for recipe in (goal.fast, tutorial))
            yield from _measures(goal, fast, slow, epoch_seconds, others)


def _measures(
    goal: Goal,
    fast: list[tuple[float, int] | None],
    slow: list[tuple[float, int] | None],
    epoch_seconds: float,
    others: float | None,
) -> Iterator[Measure]:
    """Yield the medians; a run that did not come to the goal counts as one that takes for ever."""

    def measure(name: str, label: str, value: float, note: str) -> Measure:
        return Measure(f"{goal.fast}_{name}", label, value, "s", note=note, others_cores=others)

    seconds = []
    for name, recipe, runs in (("seconds", goal.fast, fast), ("tutorial", goal.tutorial, slow)):
        reached = sum(run is not None for run in runs)
        note = f"{RECIPES[recipe].title}: {reached} of {len(runs)} seeds"
        if reached * 2 <= len(runs):  # then there is no median
            yield Measure(f"{recipe}_missed", f"{goal.label}, missed", 0.0, "s", note=note)
            return
        seconds.append(median(run[0] if run else float("inf") for run in runs))
        epochs = median(run[1] if run else float("inf") for run in runs)
        note += f", {epochs:g} epoch{'s' * (epochs != 1)}"
        whose = "fast recipe" if recipe == goal.fast else "a tutorial's settings"
        yield measure(name, f"{goal.label}, {whose}", seconds[-1], note)
    yield measure("loop", f"{goal.label}, and its loop", epochs * epoch_seconds, "scaled")
    label, ratio = "a tutorial's settings ÷ fast recipe", seconds[1] / seconds[0]
    yield Measure(
        f"{goal.fast}_gain", label, ratio, "times", _GAIN, at_least=True, others_cores=others
    )
