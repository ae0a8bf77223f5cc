"""`python -m playground recipes`: the named experiments, for people or as JSON lines."""

from __future__ import annotations

import argparse
from textwrap import fill
from typing import Any

from playground.commands.options import print_json
from playground.recipes import GROUPS, RECIPES, Recipe

_INDENT = "    "
_WIDTH = 100


def main(options: argparse.Namespace) -> int:
    """List all recipes in their order. Returns the exit status."""
    if options.json:
        for recipe in RECIPES:
            print_json(fields_of(recipe))
        return 0
    group = ""
    for recipe in RECIPES:
        if recipe.group != group:
            group = recipe.group
            print(f"\n{GROUPS[group]}\n")
        print(paragraph(recipe))
    print("\nTrain one with: python -m playground train --recipe NAME")
    return 0


def fields_of(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as its JSON line has it; `settings` are those that are not the default."""
    names = ("name", "title", "teaches", "seconds", "reaches", "next", "download_megabytes")
    fields = {name: getattr(recipe, name) for name in (*names, "twin", "beside", "group", "source")}
    return {**fields, "settings": dict(recipe.changes)}


def paragraph(recipe: Recipe) -> str:
    """Return a recipe as people read it: a line of facts, what it teaches, what it reaches."""
    facts = [recipe.title, recipe.takes]
    if recipe.download_text:
        facts.append(recipe.download_text)
    words = f"{recipe.teaches} Reaches {recipe.reaches}."
    if recipe.source:
        words += f" After {recipe.source}."
    text = fill(
        words, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )
    return f"{recipe.name}: {', '.join(facts)}\n{text}"
