"""A recipe from its file: TOML with the words of the recipe and a table of settings."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground.errors import InvalidExperiment, UnknownChoice, did_you_mean, shorten
from playground.recipes.recipe import GROUPS, Recipe

_TEXTS = ("title", "teaches", "reaches", "next")
_NUMBERS = ("seconds", "order")
_NAMES = ("twin", "beside")
_OPTIONAL = (*_NAMES, "group", "source", "answer")
_KEYS = (*_TEXTS, *_NUMBERS, *_OPTIONAL, "reached", "experiment")


def read_recipes(folder: Path) -> list[Recipe]:
    """Return the recipes of a folder by their groups and orders.

    A file that is none is left out and logged: one bad file must not take the app down.
    """
    recipes = []
    for file in folder.glob("*.toml"):
        try:
            recipes.append(read_recipe(file))
        except InvalidExperiment as error:
            logging.getLogger(__name__).error("%s", error)
    groups = list(GROUPS)
    return sorted(recipes, key=lambda each: (groups.index(each.group), each.order, each.name))


def read_recipe(file: Path) -> Recipe:
    """Read one file; raises `InvalidExperiment` with a sentence on what is wrong in it."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        recipe = _recipe(file.stem, content)
        recipe.experiment()
    except (OSError, ValueError) as error:  # bad TOML, bad UTF-8 and InvalidExperiment among them
        raise InvalidExperiment(f"The recipe {file.name} cannot be used. {error}") from None
    return recipe


def _recipe(name: str, content: Mapping[str, Any]) -> Recipe:
    for key in content:
        if key not in _KEYS:
            raise InvalidExperiment(
                f"It has no key {shorten(key)}: choose one of {', '.join(_KEYS)}."
                f"{did_you_mean(key, _KEYS)}"
            )
    for key in _TEXTS:
        if not isinstance(content.get(key), str) or not content[key].strip():
            raise InvalidExperiment(f"It needs a {key}, written as text between quotes.")
    for key in _NUMBERS:
        if type(content.get(key)) is not int:
            raise InvalidExperiment(f"It needs a whole number for {key}.")
    for key in _NAMES:
        if not isinstance(content.get(key, ""), str):
            raise InvalidExperiment(f"Its {key} must be the name of a recipe between quotes.")
    if not isinstance(content.get("source", ""), str):
        raise InvalidExperiment("Its source must be the name of a tutorial between quotes.")
    if not isinstance(content.get("answer", ""), str):
        raise InvalidExperiment("Its answer must be written as text between quotes.")
    if (group := content.get("group", "next")) not in list(GROUPS):
        raise UnknownChoice("group", group, list(GROUPS))
    reached = content.get("reached", [])
    if not isinstance(reached, list) or not all(
        isinstance(share, float) and 0 < share <= 1 for share in reached
    ):
        raise InvalidExperiment("Its reached must be a list of shares, such as [0.983, 0.986].")
    words = {key: content[key] for key in (*_TEXTS, *_NUMBERS, *_OPTIONAL) if key in content}
    return Recipe(name=name, changes=_changes(content), reached=tuple(reached), **words)


def _changes(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the table `experiment` by path, such as "training.epochs"."""
    sections = content.get("experiment", {})
    changes: dict[str, Any] = {}
    for section, settings in sections.items() if isinstance(sections, Mapping) else ():
        if not isinstance(settings, Mapping):
            raise InvalidExperiment(
                f"Its setting {shorten(section)} is in no section: write it below a line such as "
                "[experiment.training]."
            )
        changes |= {f"{section}.{name}": value for name, value in settings.items()}
    return changes
