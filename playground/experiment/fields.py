"""The settings by path, such as "optimizer.learning_rate": names, limits, assignments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from annotated_types import Ge, Le, MaxLen

from playground.errors import InvalidExperiment, UnknownChoice, shorten
from playground.experiment.settings import SECTIONS


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
    return (field.title or name) if field else path


def description(path: str) -> str:
    """Return one sentence on what a setting does."""
    section, _, name = path.partition(".")
    return SECTIONS[section].model_fields[name].description or ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The legal range of a number, both ends included; None where there is no bound."""

    minimum: float | None
    maximum: float | None


def limits(path: str) -> Limits:
    """Return the legal range of a setting as its field states it."""
    section, _, name = path.partition(".")
    bounds: dict[str, Any] = {}
    for rule in SECTIONS[section].model_fields[name].metadata:
        match rule:
            case Ge(ge=value):
                bounds["minimum"] = value
            case Le(le=value):
                bounds["maximum"] = value
            case MaxLen(max_length=value):
                bounds["maximum"] = value
    return Limits(bounds.get("minimum"), bounds.get("maximum"))


def assignment(text: str) -> tuple[str, Any]:
    """Read "section.key=value": the value is JSON where it parses as JSON, else text.

    The code of a mystery is always text, also one such as 2345 or 2E45.
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
        return path, value
    is_code = path == "training.mystery" and isinstance(parsed, int | float)
    return path, value if is_code else parsed


def unknown_setting(path: str) -> UnknownChoice:
    """Return the error for a path that no experiment has."""
    return UnknownChoice("setting", path, paths())
