"""What is wrong with an experiment, from pydantic's report to a sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from playground.errors import PlaygroundError, did_you_mean, shorten
from playground.experiment.fields import allowed_keys, heading, title

MOST_SENTENCES = 5  # a file with a thousand wrong keys must not fill the screen


def sentences(problems: Sequence[Mapping[str, Any]]) -> str:
    """Return a sentence for each problem, up to `MOST_SENTENCES`, and how many more there are."""
    # pydantic counts a wrong item as missing too: only what is wrong with it is told.
    wrong_items = {tuple(item["loc"][:2]) for item in problems if len(item["loc"]) > 2}
    told = [
        item
        for item in problems
        if item["type"] != "too_short" or tuple(item["loc"]) not in wrong_items
    ]
    return " ".join(at_most(sentence(item) for item in told))


def at_most(sentences: Iterable[str], most: int = MOST_SENTENCES) -> list[str]:
    """Return the first of the sentences, no two alike, and how many more there are."""
    all_of_them = list(dict.fromkeys(sentences))
    more = len(all_of_them) - most
    rest = [f"And {more:,} more like these."] if more > 0 else []
    return all_of_them[:most] + rest


def sentence(problem: Mapping[str, Any]) -> str:
    """Return one sentence that names the setting, the value, the rule and the way out.

    `problem` is one item of pydantic's `ValidationError.errors()`.
    """
    location = [str(part) for part in problem["loc"]]
    path, kind, value = ".".join(location[:2]), problem["type"], _shown(problem.get("input"))
    context: dict[str, Any] = problem.get("ctx") or {}
    if isinstance(cause := context.get("error"), PlaygroundError):
        return str(cause)
    name = heading(path)
    subject = f"{_SINGULAR.get(path, name) if len(location) > 2 else name} {value}"
    match kind:
        case "extra_forbidden":
            return _unknown_key(location)
        case "json_invalid":
            return (
                f"The experiment is not plain JSON ({cause}): "
                "a value is a number, a word, true, false, null or a list of whole numbers."
            )
        case "model_type" | "model_attributes_type":
            keys = ", ".join(allowed_keys(path))
            return f"Section {path} is {value}: it must be an object with the settings {keys}."
        case "too_short":
            return f"There is no {title(path)}: give one number, or one for each channel."
        case "too_long":
            what, superfluous = _PLURALS.get(path, ("hidden sizes", "some layers"))
            return (
                f"There are {context['actual_length']} {what}: "
                f"at most {context['max_length']} are allowed, so leave out {superfluous}."
            )
        case "string_pattern_mismatch":
            return f"{subject} is unknown: write {_PATTERNS.get(path, 'another')}."
        case "tuple_type":
            expected = _LISTS.get(path, "whole numbers, such as [128, 64]")
            return f"{subject} is not valid: it must be a list of {expected}."
    bounds = {key: _plain(bound) for key, bound in context.items()}
    return f"{subject} {_RULES.get(kind, _NOT_VALID.format('a valid value')).format(**bounds)}."


_SINGULAR = {"model.hidden_sizes": "Hidden size", "data.left_out": "Image left out"}
_PLURALS = {
    "data.mean": ("numbers in the mean", "some"),
    "data.std": ("numbers in the std", "some"),
    "data.left_out": ("images left out", "some of them"),
}
_PATTERNS = {
    "model.backbone": "the name of a backbone, such as resnet18",
    "training.device": "auto, cpu, mps, or cuda:0",
    "training.mystery": "four letters or digits, such as K7QX",
}
_LISTS = {
    "data.mean": "numbers, such as [0.5]",
    "data.std": "numbers, such as [0.5]",
    "data.left_out": "numbers of training images, such as [12, 507]",
    "data.classes": 'names of classes, such as ["cat", "dog"]',
    "training.pitfalls": 'names, such as ["sorted"]',
}
_NOT_VALID = "is not valid: it must be {}"
_WHOLE = _NOT_VALID.format("a whole number")
_RULES = {
    "greater_than_equal": "is too small: it must be at least {ge}",
    "less_than_equal": "is too large: it must be at most {le}",
    "literal_error": "is not offered: choose one of {expected}, or null",
    "finite_number": "is not a finite number: write one in plain digits, such as 0.1",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": f"{_WHOLE} of fewer digits",
    "float_type": _NOT_VALID.format("a number"),
    "float_parsing": _NOT_VALID.format("a number"),
    "bool_type": _NOT_VALID.format("true or false"),
    "string_type": _NOT_VALID.format("text"),
}


def _unknown_key(location: list[str]) -> str:
    section, key = (location[0] if len(location) > 1 else ""), location[-1]
    names = allowed_keys(section)
    place = f"Section {section} has no setting" if section else "An experiment has no section"
    return f"{place} {shorten(key)}: it has {', '.join(names)}.{did_you_mean(key, names)}"


def _plain(bound: object) -> str:
    return f"{bound:f}".rstrip("0").rstrip(".") if isinstance(bound, float) else str(bound)


def _typed(value: float) -> str:
    """Return a number as a person types it: 0 and 1e-9, not 0.0 and 1e-09."""
    return re.sub(r"(e-?)\+?0*", r"\1", repr(value).removesuffix(".0"))


def _shown(value: object) -> str:
    if isinstance(value, float) and isfinite(value):
        return _typed(value)
    plain = value is None or isinstance(value, bool | int | float | list)
    return shorten(value)[1:-1] if plain else shorten(value)
