"""Settings and results as a person reads them: "hidden sizes 128, 64", "−4.2 points"."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import isfinite

from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.experiment.fields import choices, title
from playground.experiment.pitfalls import has_effect, hidden_pitfall

MARK = "⚠"
"""What stands before everything that is wrong on purpose; words go with it."""

PITFALLS_PATH = "training.pitfalls"
MYSTERY_PATH = "training.mystery"

LEFT_OUT_PATH = "data.left_out"

_TOLD = 5  # numbers of images left out; of more only how many

_NONE = {
    "data.classes": "all",
    "data.training_images": "all",
    "data.image_size": "unchanged",
    "data.crop_shift": "⅛",
    "model.backbone": "the first one kept",
}
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
        case tuple() | list() if path == LEFT_OUT_PATH and len(value) > _TOLD:
            return f"{counted(len(value), 'image')}"
        case tuple() | list():
            return ", ".join(value_text("", item) for item in value) or _NONE.get(path, "none")
        case "":
            return _NONE.get(path, "none")
        case str() if value in choices().get(path, ()):
            label: str = choices()[path][value].label
            return label
        case int() if path == "data.image_size":
            return f"{value} pixels"
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


def labels(names: Iterable[str]) -> list[str]:
    """Return the names, each made different from those before it: "mlp", "mlp (2)"."""
    taken: set[str] = set()
    unique = []
    for name in names:
        label, number = name, 1
        while label in taken:
            number += 1
            label = f"{name} ({number})"
        taken.add(label)
        unique.append(label)
    return unique


def counted(count: int, thing: str) -> str:
    """Return "1 epoch", "20 epochs"."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def shape_text(shape: Iterable[int]) -> str:
    """Return a shape as people write it, such as "1×28×28"."""
    return "×".join(map(str, shape))


def count_text(count: int) -> str:
    """Return a small number as a word, such as "eleven"; from thirteen on in digits."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def number_text(value: float) -> str:
    """Return a number in as few digits as it takes, never as 1e-05."""
    if value == 0:
        return "0"
    return f"{value:.10f}".rstrip("0").rstrip(".")


def loss_text(loss: float) -> str:
    """Return a loss as "0.031", and a large one without decimals: "10,206"."""
    return f"{loss:.3f}" if loss < 100 else f"{loss:,.0f}"


def percent_text(share: float, decimals: int = 1) -> str:
    """Return a share from 0 to 1 as "96.7 %", and "–" for what is no number.

    Only all of them is "100.0 %", only none "0.0 %".
    """
    return f"{percent(share, decimals):.{decimals}f} %" if isfinite(share) else "–"


def percent(share: float, decimals: int = 1) -> float:
    """Return 100 times a share, kept off 0 and 100 where rounding to `decimals` would bring it."""
    least = 10.0**-decimals
    return min(max(100 * share, least), 100 - least) if 0 < share < 1 else 100 * share


def points_text(difference: float) -> str:
    """Return a difference of two shares in percentage points, such as "−4.2 points".

    A difference below 0.1 points gets a second digit: one image of 10,000 is 0.01 points.
    """
    points = 100 * difference
    text = f"{abs(points):.{decimals_of(difference)}f}"
    if float(text) == 0:
        return "less than 0.01 points" if abs(points) > 1e-6 else "±0.0 points"
    return f"{'−' if points < 0 else '+'}{text} points"


def interval_text(interval: tuple[float, float]) -> str:
    """Return an interval of differences, such as "−0.3 to +2.1 points"."""
    low, high = interval
    decimals = max(decimals_of(low), decimals_of(high))
    if any(end and not round(100 * end, decimals) for end in interval):
        decimals += 1  # an end that is not zero does not read as if it were
    ends = [f"{'−' if end < 0 else '+'}{abs(100 * end):.{decimals}f}" for end in (low, high)]
    return f"{ends[0]} to {ends[1]} points"


def verdict_text(is_clear: bool) -> str:
    """Return what a difference is called that is, or is not, clear of chance."""
    return "more than chance" if is_clear else "chance alone may do that"


def p_text(p: float) -> str:
    """Return a p-value as is usual: "p = 0.31", "p = 0.049" and "p < 0.001" below that."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.{2 if p >= 0.1 else 3}f}"


def decimals_of(difference: float) -> int:
    """Return how many digits after the point a difference of two shares needs, in points."""
    return 2 if 0 < abs(difference) < 0.001 else 1
