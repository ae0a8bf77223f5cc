"""Settings and results as a person reads them: "hidden sizes 128, 64", "−4.2 points"."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from playground.experiment import Experiment, catalog
from playground.experiment.catalog import PITFALLS
from playground.experiment.entries import Catalog, PitfallEntry
from playground.experiment.fields import title
from playground.experiment.pitfalls import has_effect, hidden_pitfall

MARK = "⚠"
"""What stands before everything that is wrong on purpose; words go with it."""

PITFALLS_PATH = "training.pitfalls"
MYSTERY_PATH = "training.mystery"

CHOICES: dict[str, Catalog[Any]] = {
    "data.dataset": catalog.DATASETS,
    "data.validation": catalog.VALIDATIONS,
    "data.normalization": catalog.NORMALIZATIONS,
    "data.augmentation": catalog.AUGMENTATIONS,
    "model.architecture": catalog.ARCHITECTURES,
    "model.activation": catalog.ACTIVATIONS,
    "model.initialization": catalog.INITIALIZATIONS,
    "optimizer.name": catalog.OPTIMIZERS,
    "optimizer.schedule": catalog.SCHEDULES,
    "training.loss": catalog.LOSSES,
    "training.train_accuracy": catalog.TRAIN_ACCURACIES,
    "training.precision": catalog.PRECISIONS,
}
"""The settings whose value is the name of an entry, and the catalogue it is in."""

_NONE = {"data.training_images": "all", "data.image_size": "unchanged"}
_SHORT = {"optimizer.learning_rate": "lr"}
# "MNIST" says by itself that it is a data set; "0 to 1" does not say that it is a normalization.
_SPEAKS_FOR_ITSELF = (
    *("data.dataset", "model.architecture", "model.activation"),
    *("optimizer.name", "training.precision"),
)

_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def value_text(path: str, value: object) -> str:
    """Return the value of the setting at `path` as a person reads it, such as "Fashion-MNIST"."""
    match value:
        case None:
            return _NONE.get(path, "none")
        case bool():
            return "on" if value else "off"
        case float():
            return number_text(value)
        case tuple() | list() if path == PITFALLS_PATH:
            return " · ".join(f"{MARK} {PITFALLS[name].label}" for name in value) or "none"
        case tuple() | list():
            return ", ".join(value_text("", item) for item in value) or "none"
        case str() if path in CHOICES and value in CHOICES[path]:
            label: str = CHOICES[path][value].label
            return label
        case int() if path == "data.image_size":
            return f"{value}×{value}"
    return str(value)


def setting_text(path: str, value: object) -> str:
    """Return a setting with its value, short: "lr 0.01", "MNIST", "no batch norm"."""
    if path == PITFALLS_PATH and value:
        return value_text(path, value)
    if value in ((), None) and path in (PITFALLS_PATH, MYSTERY_PATH):
        return f"no {title(path)}"
    if path in _SPEAKS_FOR_ITSELF:
        return value_text(path, value)
    if isinstance(value, bool):
        return title(path) if value else f"no {title(path)}"
    return f"{_SHORT.get(path, title(path))} {value_text(path, value)}"


def changed_settings(experiment: Experiment, revealed: Collection[str] = ()) -> str:
    """Return what differs from the default experiment, such as "MNIST · lr 0.01", or "defaults".

    Settings that mean nothing for this experiment's choices are left out. The pitfall of a mystery
    is named where its code is among those `revealed`, and there alone.
    """
    idle = experiment.unused()
    changes = [
        mystery_text(change.new, revealed)
        if change.path == MYSTERY_PATH
        else setting_text(change.path, change.new)
        for change in Experiment().differences(experiment)
        if change.path not in idle
    ]
    return " · ".join(changes) or "defaults"


def mystery_text(code: str, revealed: Collection[str] = ()) -> str:
    """Return "mystery K7QF", with the pitfall it hides where the code is among those `revealed`."""
    name = f": {hidden_pitfall(code).label}" if code in revealed else ""
    return f"mystery {code}{name}"


def pitfall_marks(experiment: Experiment, revealed: Collection[str] = ()) -> list[str]:
    """Return what is wrong with a run on purpose: the labels of its pitfalls, "mystery K7QF".

    The pitfall of a mystery is named where its code is among those `revealed`, and there alone.
    """
    code = experiment.training.mystery
    marks = [PITFALLS[name].label for name in experiment.training.pitfalls]
    return [*marks, mystery_text(code, revealed)] if code else marks


def marks_text(experiment: Experiment, revealed: Collection[str] = ()) -> str:
    """Return the marks of a run in one line, "⚠ Label noise · ⚠ mystery K7QF"; "" without any."""
    return " · ".join(f"{MARK} {mark}" for mark in pitfall_marks(experiment, revealed))


def no_effect_text(pitfall: PitfallEntry, experiment: Experiment) -> str:
    """Return why a pitfall changes nothing in an experiment; "" where it changes something."""
    if has_effect(pitfall, experiment):
        return ""
    if pitfall.name == "raw_pixels":
        return "the pixels are not normalized anyway"
    if pitfall.name == "eval_mode" and experiment.training.epochs == 1:
        return "there is no second epoch"
    return "there is neither dropout nor batch norm"


def count_text(count: int) -> str:
    """Return a small number as a word, such as "eleven"; from thirteen on in digits."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def number_text(value: float) -> str:
    """Return a number in as few digits as it takes, never as 1e-05."""
    if value == 0:
        return "0"
    return f"{value:.10f}".rstrip("0").rstrip(".")


def percent_text(share: float, decimals: int = 1) -> str:
    """Return a share from 0 to 1 as "96.7 %"; only all of them is "100.0 %", only none "0.0 %"."""
    value, least = 100 * share, 10.0**-decimals
    if 0 < share < 1:
        value = min(max(value, least), 100 - least)
    return f"{value:.{decimals}f} %"


def points_text(difference: float) -> str:
    """Return a difference of two shares in percentage points, such as "−4.2 points".

    A difference below 0.1 points gets a second digit: one image of 10,000 is 0.01 points.
    """
    points = 100 * difference
    text = f"{abs(points):.{decimals_of(difference)}f}"
    if float(text) == 0:
        return "±0.0 points"
    return f"{'−' if points < 0 else '+'}{text} points"


def decimals_of(difference: float) -> int:
    """Return how many digits after the point a difference of two shares needs, in points."""
    return 2 if 0 < abs(difference) < 0.001 else 1
