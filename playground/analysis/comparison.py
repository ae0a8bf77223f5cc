"""What differs between runs: the settings, and what of them can be the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.analysis.causes import cause_text, one_by_one, switched_pitfall
from playground.analysis.wording import (
    PITFALLS_PATH,
    value_text,
)
from playground.experiment import Difference, Experiment
from playground.experiment.fields import paths, title
from playground.run.records import EpochRecord, best_by_accuracy

METRICS = {
    "validation_accuracy": "validation accuracy",
    "validation_loss": "validation loss",
    "train_accuracy": "train accuracy",
    "train_loss": "train loss",
}
"""What runs are compared by: fields of an `EpochRecord`, each with its name on screen."""

SEED = "training.seed"
SPLIT_SEED = "data.split_seed"
CHANCE = (SEED, SPLIT_SEED)
"""The settings that stand for nothing but chance."""

# Whatever decides which images measure a run: accuracies on different ones are hard to compare.
MEASURE = (
    *("data.dataset", "data.classes", "data.validation", "data.validation_share"),
    SPLIT_SEED,
)
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run as comparisons see it.

    `seconds` is the time spent computing, `parameters` how many the network has (None before that
    is known), `status` the value of a `RunStatus`, `created_at` in Unix seconds, `group` the name
    of the sweep or of the repetition that the run belongs to, `recipe` that of the recipe which it
    began as, `origin` where it went on from, such as "MLP on Digits at epoch 20". Where the name is
    marked for its pitfalls, `unmarked` is the name to call other runs after; `revealed` are the
    codes of the mysteries whose pitfall who reads this has found. `validation_images` is how many
    images its accuracy is measured by, None where that is not known; `validation_key` names them.
    """

    run_id: str
    name: str
    experiment: Experiment
    epochs: tuple[EpochRecord, ...] = ()
    seconds: float = 0.0
    parameters: int | None = None
    status: str = "finished"
    created_at: float = 0.0
    group: str = ""
    recipe: str = ""
    origin: str = ""
    unmarked: str = ""
    revealed: frozenset[str] = frozenset()
    validation_images: int | None = None
    validation_key: str = ""

    @property
    def best(self) -> EpochRecord | None:
        """The best epoch by validation accuracy; None before there is one."""
        return best_by_accuracy(self.epochs)

    @property
    def may_improve(self) -> bool:
        """Whether epochs may still come."""
        return self.status in ("queued", "running", "paused")


@dataclass(frozen=True, slots=True)
class DifferingSetting:
    """A setting that some runs do not share, with the value of each as a person reads it.

    The value is "–" where the run's other choices leave the setting without a meaning.
    """

    path: str
    label: str
    values: tuple[str, ...]


def canonical(experiment: Experiment) -> Experiment:
    """Return the experiment with every setting that means nothing in it at its default.

    Two experiments train the same network in the same way when these are equal.
    """
    default = Experiment()
    unused = experiment.unused() | (set() if draws_a_split(experiment) else {SPLIT_SEED})
    idle = {path: default.get(path) for path in unused}
    changes = {path: value for path, value in idle.items() if experiment.get(path) != value}
    return experiment.replace(changes) if changes else experiment


def draws_a_split(experiment: Experiment) -> bool:
    """Return whether the split seed means anything: whether any images are drawn by it."""
    data = experiment.data
    is_given = data.validation == "official" or "unseparated" in experiment.training.pitfalls
    return not is_given or data.training_images is not None


def causes(baseline: Experiment, other: Experiment) -> list[Difference]:
    """Return the settings that can be why two experiments come out differently.

    A setting that means something in one of them alone is left out: it came with another choice,
    as the hidden sizes go when an MLP becomes a ResNet, and that choice is the one difference.
    Each pitfall is a cause by itself.
    """
    idle = baseline.unused() | other.unused()
    return [
        cause
        for change in baseline.differences(other)
        if change.path not in idle
        for cause in one_by_one(change)
    ]


def differing_settings(runs: Sequence[ComparedRun]) -> list[DifferingSetting]:
    """Return the settings in which the runs differ, in order, with one value per run."""
    unused = [run.experiment.unused() for run in runs]
    rows = []
    for path in paths():
        values = [run.experiment.get(path) for run in runs]
        means = [path not in idle for idle in unused]
        if len({value for value, is_used in zip(values, means, strict=True) if is_used}) > 1:
            texts = (
                value_text(path, value) if is_used else "–"
                for value, is_used in zip(values, means, strict=True)
            )
            rows.append(DifferingSetting(path, title(path), tuple(texts)))
    return rows


def differences_text(
    differences: Sequence[Difference],
    seeds: tuple[int, int] | None = None,
    *,
    began_alike: bool = True,
) -> str:
    """Return such as "learning rate 0.001 → 0.01, all else equal, same seed".

    `seeds` are those of baseline and other; without them nothing is said about seeds. Where one of
    them went on from another run, they have not `began_alike`.
    """
    others = [change for change in differences if change.path not in CHANCE]
    equal = ", all else equal" if began_alike else ""
    if not others and len(differences) == 1:
        return f"{cause_text(differences[0])}{equal}"
    about_seeds = ""
    if seeds:
        same = seeds[0] == seeds[1]
        about_seeds = ", same seed" if same else f", seeds {seeds[0]} and {seeds[1]}"
    for change in differences:
        if change.path == SPLIT_SEED:
            equal = ""  # other images measure them
            about_seeds += f", split seeds {change.old} and {change.new}"
    if not differences and began_alike and seeds and seeds[0] == seeds[1]:
        return f"the same run twice: same settings{about_seeds}"
    if not others:
        return f"same settings{about_seeds}"
    if len(others) == 1:
        return f"{cause_text(others[0])}{equal}{about_seeds}"
    named = [cause_text(change) for change in others[:_MOST_NAMED]]
    if more := len(others) - len(named):
        named.append(f"{more} more")
    return f"{len(others)} settings differ ({'; '.join(named)}){about_seeds}"


def changes_the_measure(cause: Difference) -> bool:
    """Return whether a difference decides which images measure a run."""
    if cause.path == PITFALLS_PATH:
        return switched_pitfall(cause) == "unseparated"
    return cause.path in MEASURE
