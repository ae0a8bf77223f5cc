"""What is wrong with an experiment, from pydantic's report to a sentence for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from playground.errors import PlaygroundError, shorten


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
    name = title(path)
    subject = f"{_SINGULAR.get(path, name[:1].upper() + name[1:])} {_shown(value)}"
    match kind:
        case "greater_than_equal" | "greater_than":
            return f"{subject} is too small: it must be at least {_number(context)}."
        case "less_than_equal" | "less_than":
            return f"{subject} is too large: it must be at most {_number(context)}."
        case "too_long":
            return (
                f"{name[:1].upper()}{name[1:]} has {context['actual_length']} layers: "
                f"at most {context['max_length']} are allowed."
            )
        case "literal_error":
            return f"{subject} is not offered: choose one of {context['expected']}, or none."
        case "string_pattern_mismatch":
            return f"{subject} is unknown: write auto, cpu, mps, or cuda:0."
        case "model_type" | "model_attributes_type":
            return f"{shorten(path)} must be an object with settings, not {_shown(value)}."
        case "finite_number":
            return f"{subject} is not a finite number."
    return f"{subject} is not valid: it must be {_EXPECTED.get(kind, 'a valid value')}."


_SINGULAR = {"model.hidden_sizes": "Hidden size"}

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
    near = get_close_matches(key, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    place = f"Section {section}" if section else "An experiment"
    return f"{place} has no setting {shorten(key)}: it has {', '.join(names)}.{hint}"


def _number(context: Mapping[str, Any]) -> str:
    bound = next(context[key] for key in ("ge", "gt", "le", "lt") if key in context)
    return f"{bound:f}".rstrip("0").rstrip(".") if isinstance(bound, float) else str(bound)


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value) if len(str(value)) <= 40 else shorten(value)
    return shorten(value)
