"""What is wrong with an experiment, from pydantic's report to a sentence for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from playground.errors import PlaygroundError, did_you_mean, shorten

MOST_SENTENCES = 5  # a file with a thousand wrong keys must not fill the screen


def sentences(
    problems: Sequence[Mapping[str, Any]],
    title: Callable[[str], str],
    allowed_keys: Callable[[str], list[str]],
) -> str:
    """Return a sentence for each problem, up to `MOST_SENTENCES`, and how many more there are."""
    # pydantic counts a wrong item as missing too: only what is wrong with it is told.
    wrong_items = {tuple(item["loc"][:2]) for item in problems if len(item["loc"]) > 2}
    told = [
        item
        for item in problems
        if item["type"] != "too_short" or tuple(item["loc"]) not in wrong_items
    ]
    return " ".join(at_most(sentence(item, title, allowed_keys) for item in told))


def at_most(sentences: Iterable[str], most: int = MOST_SENTENCES) -> list[str]:
    """Return the first of the sentences, no two alike, and how many more there are."""
    all_of_them = list(dict.fromkeys(sentences))
    more = len(all_of_them) - most
    rest = [f"And {more:,} more like these."] if more > 0 else []
    return all_of_them[:most] + rest


def sentence(
    problem: Mapping[str, Any],
    title: Callable[[str], str],
    allowed_keys: Callable[[str], list[str]],
) -> str:
    """Return one sentence that names the setting, the value, the rule and the way out.

    `problem` is one item of pydantic's `ValidationError.errors()`; `title` gives a setting's name
    by its path, `allowed_keys` the keys of a section.
    """
    location = [str(part) for part in problem["loc"]]
    path = ".".join(location[:2])
    value = problem.get("input")
    context: dict[str, Any] = problem.get("ctx") or {}
    cause = context.get("error")
    if isinstance(cause, PlaygroundError):
        return str(cause)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return _unknown_key(location, allowed_keys)
    if kind == "json_invalid":
        return (
            f"The experiment is not plain JSON ({context['error']}): "
            "a value is a number, a word, true, false, null or a list of whole numbers."
        )
    name = title(path)
    whole_name = name[:1].upper() + name[1:]
    one_of_many = len(location) > 2
    subject = f"{_SINGULAR.get(path, whole_name) if one_of_many else whole_name} {_shown(value)}"
    match kind:
        case "greater_than_equal" | "greater_than":
            return f"{subject} is too small: it must be at least {_number(context)}."
        case "less_than_equal" | "less_than":
            return f"{subject} is too large: it must be at most {_number(context)}."
        case "too_long":
            what, superfluous = _PLURALS.get(path, (name, "some layers"))
            return (
                f"There are {context['actual_length']} {what}: "
                f"at most {context['max_length']} are allowed, so leave out {superfluous}."
            )
        case "too_short":
            return f"There is no {name}: give one number, or one for each channel."
        case "literal_error":
            return f"{subject} is not offered: choose one of {context['expected']}, or null."
        case "string_pattern_mismatch":
            return f"{subject} is unknown: write {_PATTERNS.get(path, 'another')}."
        case "model_type" | "model_attributes_type":
            return (
                f"Section {path} is {_shown(value)}: it must be an object with the settings "
                f"{', '.join(allowed_keys(path))}."
            )
        case "finite_number":
            return f"{subject} is not a finite number: write one in plain digits, such as 0.1."
    expected = _LISTS.get(path) if kind == "tuple_type" else None
    return f"{subject} is not valid: it must be {expected or _EXPECTED.get(kind, 'a valid value')}."


_SINGULAR = {"model.hidden_sizes": "Hidden size"}
_PLURALS = {
    "data.mean": ("numbers in the mean", "some"),
    "data.std": ("numbers in the std", "some"),
}
_PATTERNS = {
    "training.device": "auto, cpu, mps, or cuda:0",
    "training.mystery": "four letters or digits, such as K7QX",
}
_LISTS = {
    "data.mean": "a list of numbers, such as [0.5]",
    "data.std": "a list of numbers, such as [0.5]",
    "training.pitfalls": 'a list of names, such as ["sorted"]',
}

_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list of whole numbers, such as [128, 64]",
}


def _unknown_key(location: list[str], allowed_keys: Callable[[str], list[str]]) -> str:
    section, key = (location[0] if len(location) > 1 else ""), location[-1]
    names = allowed_keys(section)
    place = f"Section {section} has no setting" if section else "An experiment has no section"
    return f"{place} {shorten(key)}: it has {', '.join(names)}.{did_you_mean(key, names)}"


def _number(context: Mapping[str, Any]) -> str:
    bound = next(context[key] for key in ("ge", "gt", "le", "lt") if key in context)
    return f"{bound:f}".rstrip("0").rstrip(".") if isinstance(bound, float) else str(bound)


def _shown(value: object) -> str:
    plain = value is None or isinstance(value, bool | int | float | list)
    return shorten(value)[1:-1] if plain else shorten(value)
