"""The script as a Jupyter notebook: a cell of words and one of code for each of its sections."""

from __future__ import annotations

import json
from typing import Any

from playground.experiment import Experiment
from playground.export.script.whole import sections


def notebook_of(experiment: Experiment) -> str:
    """Return the script as a notebook: JSON of nbformat 4, whose cells run one after the other.

    Raises what `script_of` raises.
    """
    cells: list[dict[str, Any]] = []
    for place, section in enumerate(sections(experiment)):
        mark = "#" if not place else f"## {place}."
        words = "\n\n".join(filter(None, (f"{mark} {section.title}", section.text)))
        cells += [_cell("markdown", words, 2 * place), _cell("code", section.code, 2 * place + 1)]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, text: str, place: int) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{place}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": text.splitlines(keepends=True)}
