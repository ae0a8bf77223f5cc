"""What each pitfall and each slip costs over five seeds: python -m tests.support.over_seeds.

It trains all of it and writes `tests/data/slips.csv`; with names behind it, only those cases are
trained anew. MNIST is read where PLAYGROUND_DATASETS says.
"""

from __future__ import annotations

import csv
import statistics
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.lab.sealed_set import judge
from playground.engine.machine.runtime import choose_device
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.training.training import train
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.pitfalls import data_flaws
from playground.recipes import RECIPES
from playground.run.records import BatchRecord, EpochRecord

FILE = Path(__file__).resolve().parents[1] / "data" / "slips.csv"
SEEDS = range(5)
SHELF = DataShelf()
HEAD = ("case", "variant", "measure", "mean", "sd", *(f"seed {seed}" for seed in SEEDS))

SGD = {"optimizer.name": "sgd", "optimizer.momentum": 0.0, "optimizer.learning_rate": 0.1}
# Where a pitfall costs next to nothing; shuffled labels always cost everything.
SPARED: dict[str, dict[str, Any]] = {
    "softmax_twice": {},
    "sorted": {"training.epochs": 60},
    "eval_mode": {"model.dropout": 0.2},
    "not_zeroed": {"training.epochs": 2},
    "validated_in_train_mode": {"model.batch_norm": True},
    "raw_pixels": {"model.batch_norm": True},
    "leaked": {"training.epochs": 5},
    "noisy_labels": {},
    "rate_times_100": {**SGD, "optimizer.learning_rate": 0.001},
    "unseparated": {"training.epochs": 5},
}
# The mistakes around ConvNet 7, made around a network that learns in a second.
SMALL = {
    "data.dataset": "digits",
    "model.architecture": "simple_cnn",
    "model.hidden_sizes": [16, 32],
    "model.batch_norm": True,
    "training.epochs": 5,
}
PAIRS: dict[str, dict[str, Mapping[str, Any]]] = {
    "digits_convnet_16_32": {},
    "digits_eval": {},
    "digits_softmax_regression_mended": {},
    "mnist_softmax_regression_mended": {},
    "shapes_std": {},
    "shapes_convnet_7": {
        "only softmax twice": {**SMALL, "training.pitfalls": ["softmax_twice"]},
        "only eval mode": {**SMALL, "training.pitfalls": ["eval_mode"]},
        "only unshuffled": {**SMALL, "training.shuffle": False},
    },
}


def variants(case: str) -> dict[str, Experiment]:
    """Return the experiments of a pitfall or of a recipe that stands beside its published one."""
    if case in PITFALLS:
        shown = RECIPES[f"pitfall_{case}"].experiment()
        found = {"shown, with": shown, "shown, without": shown.replace({"training.pitfalls": []})}
        if case in SPARED:
            spared = Experiment().replace(SPARED[case])
            found["spared, with"] = spared.replace({"training.pitfalls": [case]})
            found["spared, without"] = spared
        return found
    mended = RECIPES[case]
    changes = SMALL if case == "shapes_convnet_7" else {}
    return {
        "as published": RECIPES[mended.beside].experiment().replace(changes),
        "mended": mended.experiment().replace(changes),
        **{name: mended.experiment().replace(each) for name, each in PAIRS[case].items()},
    }


CASES = [*PITFALLS.names, *PAIRS, "epoch_loss"]


def measured(experiment: Experiment) -> dict[str, float]:
    """Train to the last epoch and return its numbers, with those of the test images."""
    records, model, data = _trained(experiment)
    last = [record for record in records if isinstance(record, EpochRecord)][-1]
    verdict = judge(model, data.test.inputs, data.test.labels, data.normalization, 500)
    return {
        "validation accuracy": last.validation_accuracy,
        "validation loss": last.validation_loss,
        "training accuracy": last.train_accuracy,
        "test accuracy": _end(verdict),
    }


def epoch_losses(experiment: Experiment) -> dict[str, float]:
    """Return the training loss of the last epoch in three ways, one of them right."""
    records, _, data = _trained(experiment)
    epochs, images = experiment.training.epochs, len(data.train)
    size = experiment.training.batch_size
    losses = [
        record.loss
        for record in records
        if isinstance(record, BatchRecord) and record.epoch == epochs and record.phase == "train"
    ]
    sizes = [min(size, images - first) for first in range(0, images, size)]
    total = sum(loss * count for loss, count in zip(losses, sizes, strict=True))
    return {
        "mean over images": total / images,
        "mean of batch means": statistics.fmean(losses),
        "sum of batch means / N": sum(losses) / images,
    }


def rows(case: str) -> Iterator[list[Any]]:
    """Train a case with every seed and yield its rows of the table."""
    setups = {"first_network": Experiment()} if case == "epoch_loss" else variants(case)
    measure = epoch_losses if case == "epoch_loss" else measured
    for variant, setup in setups.items():
        found = [measure(setup.replace({"training.seed": seed})) for seed in SEEDS]
        for name in found[0]:
            values = [each[name] for each in found]
            mean, deviation = statistics.fmean(values), statistics.stdev(values)
            numbers = [f"{value:.6g}" for value in (mean, deviation, *values)]
            yield [case, variant, name, *numbers]


def table() -> dict[tuple[str, str, str], list[float]]:
    """Return what is written, by case, variant and measure: mean, deviation, one per seed."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return {
            tuple(row[:3]): [float(cell) for cell in row[3:]] for row in [*csv.reader(file)][1:]
        }


def _trained(experiment: Experiment) -> tuple[list[Any], torch.nn.Module, Any]:
    seed = experiment.training.seed
    data = drain(SHELF.prepare(experiment.data, seed, flaws=data_flaws(experiment)))
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    state = initial_state(experiment, data, summary, choose_device("cpu"), SHELF)
    records = list(train(experiment, state))
    return records, state.model, data


def _end(steps: Any) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    kept = {}
    if FILE.exists():
        with FILE.open(newline="", encoding="utf-8") as file:
            for row in [*csv.reader(file)][1:]:
                kept.setdefault(row[0], []).append(row)
    for case in names or CASES:
        kept[case] = list(rows(case))
        for row in kept[case]:
            print(*row[:5], sep="  ", flush=True)
        with FILE.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEAD)
            writer.writerows(row for case in CASES for row in kept.get(case, []))


if __name__ == "__main__":
    main(sys.argv[1:])
