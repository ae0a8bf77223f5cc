"""Recipes: named experiments, one small TOML file each; the name of the file is the recipe's.

Each says what it teaches, how long it takes, what it reaches and what to try next. A new file is a
new recipe everywhere: in the select box, on the command line, in the tests.

May import: experiment.
Never: torch, streamlit.
"""

from __future__ import annotations

from pathlib import Path

from playground.experiment import Experiment
from playground.experiment.entries import Catalog
from playground.recipes.reading import read_recipes
from playground.recipes.recipe import GROUPS, Recipe

__all__ = ["GROUPS", "RECIPES", "Recipe", "recipe_text"]

RECIPES: Catalog[Recipe] = Catalog("recipe", read_recipes(Path(__file__).parent))


def recipe_text(name: str, experiment: Experiment) -> str:
    """Return what to say of an experiment that began as the recipe `name`.

    That is its title, "based on …" where settings differ from it, nothing where there is no name,
    and the name itself for a recipe that is not here, as in a run of another version of the app.
    """
    return RECIPES[name].title_of(experiment) if name in RECIPES else name
