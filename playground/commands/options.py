"""What commands share: the experiment (a file or a recipe, and `--set`), output as JSON lines."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground.errors import InvalidExperiment, PlaygroundError
from playground.experiment import LARGEST_FILE, Experiment
from playground.experiment.fields import assignment
from playground.recipes import RECIPES
from playground.worker.process import torch_problem


def add_experiment_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take an experiment: a file or a recipe, settings, and the form of the output."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE.json", help="the experiment; what it leaves out is default"
    )
    parser.add_argument(
        "--recipe",
        default="",
        metavar="NAME",
        help="the experiment is this recipe instead; the command recipes lists them",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        dest="settings",
        help="change one setting, such as optimizer.learning_rate=0.01; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def read_experiment(options: argparse.Namespace) -> Experiment:
    """Return the experiment of the options; raises `InvalidExperiment`."""
    experiment = Experiment()
    if options.recipe and options.file:
        raise InvalidExperiment(
            f"There is a file, {options.file}, and a recipe, {options.recipe}: give one of them, "
            "and change it with --set."
        )
    if options.recipe:
        experiment = RECIPES[options.recipe].experiment()
    if options.file:
        try:
            with Path(options.file).open("rb") as file:
                text = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise InvalidExperiment(
                f"The file {options.file} cannot be read: {error.strerror}."
            ) from None
        if len(text) > LARGEST_FILE:
            raise InvalidExperiment(
                f"The file {options.file} is larger than {LARGEST_FILE:,} bytes, the most that an "
                "experiment may have: choose one that “Download as JSON” has saved."
            )
        experiment = Experiment.from_json(text)
    changes = dict(assignment(text) for text in options.settings)
    return experiment.chosen(changes) if changes else experiment


def require_torch() -> None:
    """Load PyTorch; raises `PlaygroundError` with what to install where it does not load."""
    if problem := torch_problem():
        raise PlaygroundError(problem)


def print_json(fields: Mapping[str, Any]) -> None:
    """Print one object on one line, at once; JSON has no infinite numbers, so they are null."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in fields.items()
    }
    sys.stdout.write(json.dumps(finite, allow_nan=False) + "\n")
    sys.stdout.flush()
