"""The settings by path, such as "optimizer.learning_rate": names, limits, assignments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from annotated_types import Ge, Le, MaxLen
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment.class_choice import parse_classes
from playground.experiment.entries import Catalog
from playground.experiment.hidden_sizes import parse_hidden_sizes
from playground.experiment.left_out import parse_left_out
from playground.experiment.settings import SECTIONS, OneOf

_TYPED: dict[str, Callable[[str], Any]] = {
    "model.hidden_sizes": parse_hidden_sizes,
    "data.classes": parse_classes,
    "data.left_out": parse_left_out,
}


@lru_cache
def paths() -> tuple[str, ...]:
    """Return the path of every setting, such as "optimizer.learning_rate", in order."""
    return tuple(
        f"{section}.{name}"
        for section, settings in SECTIONS.items()
        for name in settings.model_fields
    )


def allowed_keys(section: str) -> list[str]:
    """Return the keys a section may have; the sections themselves for the empty name."""
    return list(SECTIONS[section].model_fields) if section else list(SECTIONS)


def title(path: str) -> str:
    """Return the name of a setting as a person reads it, such as "learning rate"."""
    section, _, name = path.partition(".")
    if section not in SECTIONS:
        return path
    field = SECTIONS[section].model_fields.get(name)
    return (field.title or name.replace("_", " ")) if field else path


def heading(path: str) -> str:
    """Return the name of a setting as it begins a line, such as "Learning rate"."""
    return capitalized(title(path))


def capitalized(text: str) -> str:
    """Return the text with a capital first letter; the others stay, as in "MNIST"."""
    return text[:1].upper() + text[1:]


def description(path: str) -> str:
    """Return one sentence on what a setting does."""
    return _field(path).description or ""


@lru_cache
def choices() -> Mapping[str, Catalog[Any]]:
    """Return the settings whose value is the name of an entry, each with its catalogue."""
    return {
        path: rule.func.choices
        for path in paths()
        for rule in _field(path).metadata
        if isinstance(rule, BeforeValidator) and isinstance(rule.func, OneOf)
    }


@dataclass(frozen=True, slots=True)
class Limits:
    """The legal range of a number, both ends included; None where there is no bound."""

    minimum: float | None
    maximum: float | None


def limits(path: str) -> Limits:
    """Return the legal range of a setting as its field states it."""
    bounds: dict[str, Any] = {}
    for rule in _field(path).metadata:
        match rule:
            case Ge(ge=value):
                bounds["minimum"] = value
            case Le(le=value):
                bounds["maximum"] = value
            case MaxLen(max_length=value):
                bounds["maximum"] = value
    return Limits(bounds.get("minimum"), bounds.get("maximum"))


def _field(path: str) -> FieldInfo:
    section, _, name = path.partition(".")
    return SECTIONS[section].model_fields[name]


def assignment(text: str) -> tuple[str, Any]:
    """Read "section.key=value": the value is JSON where it parses as JSON, else text.

    The code of a mystery is always text, also one such as 2345 or 2E45; hidden sizes, classes
    and images left out that are no list are read as people type them. Raises `InvalidExperiment`.
    """
    path, equals, value = text.partition("=")
    path = path.strip()
    if not equals:
        raise InvalidExperiment(
            f"{shorten(text)} sets nothing: write section.key=value, such as training.epochs=5."
        )
    if path not in paths():
        raise unknown_setting(path)
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = value
    if path in _TYPED and not isinstance(parsed, list):
        return path, _TYPED[path](parsed if isinstance(parsed, str) else value)
    is_code = path == "training.mystery" and isinstance(parsed, int | float)
    return path, value if is_code else parsed


def unknown_setting(path: str) -> UnknownChoice:
    """Return the error for a path that no experiment has."""
    return UnknownChoice("setting", path, paths())
