"""What recipes reach over five seeds: python -m tests.support.recipe_seeds [NAME …].

It trains them and writes `tests/data/recipe_seeds.csv`, one row for each recipe and measure; with
names, only those are trained anew.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import torch

from playground.engine.runs.execution import execute
from playground.recipes import RECIPES
from playground.run.records import EpochRecord

FILE = Path(__file__).resolve().parents[1] / "data" / "recipe_seeds.csv"
SEEDS = range(5)
MEASURES = ("best", "last", "trained")
"""The best and the last validation accuracy, and the last training accuracy."""

NAMES = (
    *("shapes_no_bend", "shapes_bend", "digits_two_classes"),
    *("digits_overfit_batch", "digits_deep_sigmoids", "digits_deep_xavier"),
    *("digits_deep_batch_norm", "digits_rate_constant", "digits_rate_cosine"),
    *("digits_noisy", "digits_noisy_decay"),
)


def measured(name: str, seed: int) -> tuple[float, float, float]:
    """Train a recipe with another seed and return its `MEASURES`."""
    setup = RECIPES[name].experiment().replace({"training.seed": seed})
    epochs = [each for each in execute(setup) if isinstance(each, EpochRecord)]
    accuracies = [epoch.validation_accuracy for epoch in epochs]
    return max(accuracies), accuracies[-1], epochs[-1].train_accuracy


def table() -> dict[tuple[str, str], list[float]]:
    """Return what is written: by recipe and measure a share for each seed."""
    if not FILE.exists():
        return {}
    with FILE.open(newline="", encoding="utf-8") as file:
        return {(row[0], row[1]): list(map(float, row[2:])) for row in [*csv.reader(file)][1:]}


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    for name in names or NAMES:
        found = list(zip(*(measured(name, seed) for seed in SEEDS), strict=True))
        kept = table()
        kept |= {(name, each): list(it) for each, it in zip(MEASURES, found, strict=True)}
        with FILE.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("recipe", "measure", *(f"seed {seed}" for seed in SEEDS)))
            for key, values in sorted(kept.items()):
                writer.writerow((*key, *(f"{value:.4f}" for value in values)))
        print(name, *(sorted(kept[name, each])[2] for each in MEASURES), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
