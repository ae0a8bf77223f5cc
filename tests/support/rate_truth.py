"""Which learning rates are good, and which the finder suggests: python -m tests.support.rate_truth.

It trains every case at every rate with every seed, asks the finder ten times, trains at what it
suggests, and writes `tests/data/rate_truth.csv`; with names behind it, only those cases anew.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean, variance
from typing import Any

import torch
from torch import nn

from playground.analysis.learning_rate import advise
from playground.engine.images.data import drain
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.runtime import choose_device
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.training.range_test import range_test
from playground.engine.training.training import train
from playground.engine.training.training_state import TrainingState
from playground.errors import TrainingDiverged
from playground.experiment import Experiment
from playground.experiment.pitfalls import data_flaws
from playground.run.rate_test import SEEDS, RateSweep, RateTest
from playground.run.records import EpochRecord

FILE = Path(__file__).resolve().parents[1] / "data" / "rate_truth.csv"
HEAD = ("case", "kind", "seed", "rate", "accuracy 0", "accuracy 1", "accuracy 2")
RATES = tuple(float(f"{1e-4 * 10 ** (5 * step / 14):.2g}") for step in range(15))
ASKED = range(0, 100, 10)
"""The first seeds of ten questions to the finder, far enough apart to share none."""

CHANCE = 0.1
NEAR = 0.05
ABLE = 0.2
"""A network whose best rate reaches less than twice chance cannot learn."""

SHELVES = [DataShelf() for _ in range(3)]
"""For the images of each seed, which has a split of its own: one alone would count its chance."""


@dataclass(frozen=True, slots=True)
class Case:
    """A setup; `spoil` breaks its network first. Constants were tuned on those that are `tuned`."""

    tuned: bool
    changes: dict[str, Any]
    spoil: Callable[[nn.Module], None] | None = None

    @property
    def experiment(self) -> Experiment:
        """The whole setup: small, so that all of it trains in minutes."""
        cannot = self.spoil or "training.pitfalls" in self.changes
        return Experiment().replace(
            {
                "training.epochs": 3 if cannot else 10,
                "data.validation_share": 0.3,
                "training.device": "cpu",
                **self.changes,
            }
        )


def _constant(value: float) -> Callable[[nn.Module], None]:
    def spoil(model: nn.Module) -> None:
        for weight in model.parameters():
            nn.init.constant_(weight, value)

    return spoil


def _silence(model: nn.Module) -> None:
    """Push every unit of the first layer where ReLU passes nothing on, whatever the image."""
    first = next(each for each in model.modules() if isinstance(each, nn.Linear | nn.Conv2d))
    nn.init.constant_(first.bias, -1000.0)


def _mlp(*sizes: int, **changes: Any) -> dict[str, Any]:
    return {"model.architecture": "mlp", "model.hidden_sizes": list(sizes), **changes}


def _with(optimizer: str, batch: int, momentum: float = 0.0, **more: Any) -> dict[str, Any]:
    return {
        "optimizer.name": optimizer,
        "optimizer.momentum": momentum,
        "training.batch_size": batch,
        **more,
    }


_LINEAR = {"model.architecture": "linear"}
_SHAPES = {
    "data.dataset": "shapes",
    "data.training_images": 1000,
    "data.validation_share": 0.05,
    "training.epochs": 4,
}


def _cnn(*channels: int, **changes: Any) -> dict[str, Any]:
    return {"model.architecture": "simple_cnn", "model.hidden_sizes": list(channels), **changes}


CASES: dict[str, Case] = {
    "first": Case(True, {}),
    "linear_momentum": Case(True, _LINEAR | _with("sgd", 32, 0.9)),
    "mlp_sgd_16": Case(True, _mlp(128, 64) | _with("sgd", 16)),
    "cnn_norm_adamw": Case(True, _cnn(8, 16) | _with("adamw", 64) | {"model.batch_norm": True}),
    "sigmoid_rmsprop": Case(
        True, _mlp(64) | _with("rmsprop", 64) | {"model.activation": "sigmoid"}
    ),
    "tanh_adadelta": Case(
        True,
        _mlp(64, 32) | _with("adadelta", 32) | {"model.activation": "tanh", "model.dropout": 0.2},
    ),
    "linear_adam_128": Case(True, _LINEAR | _with("adam", 128)),
    "nesterov_256": Case(
        True,
        _mlp(32) | _with("sgd", 256, 0.95) | {"optimizer.nesterov": True, "training.epochs": 20},
    ),
    "shapes_cnn_adam": Case(True, _cnn(4, 8) | _with("adam", 64) | _SHAPES),
    "zeroed": Case(True, _mlp(64) | _with("adam", 64), _constant(0.0)),
    "silent_sgd": Case(True, _mlp(64) | _with("sgd", 64, 0.9), _silence),
    "shuffled_linear": Case(
        True, _LINEAR | _with("adam", 64) | {"training.pitfalls": ["shuffled_labels"]}
    ),
    "cnn_momentum": Case(False, _cnn(20) | _with("sgd", 64, 0.9)),
    "gelu_adamw_16": Case(False, _mlp(64) | _with("adamw", 16) | {"model.activation": "gelu"}),
    "linear_sgd": Case(False, _LINEAR | _with("sgd", 64)),
    "norm_sgd": Case(False, _mlp(64, 64, 64) | _with("sgd", 32) | {"model.batch_norm": True}),
    "he_rmsprop": Case(
        False, _mlp(64, 64) | _with("rmsprop", 128) | {"model.initialization": "he"}
    ),
    "cnn_adadelta": Case(False, _cnn(16) | _with("adadelta", 64)),
    "tanh_adam_256": Case(
        False, _mlp(256) | _with("adam", 256) | {"model.activation": "tanh", "training.epochs": 20}
    ),
    "dropout_cnn": Case(False, {"model.architecture": "convnet_16_32", **_with("adam", 64)}),
    "shapes_mlp_momentum": Case(False, _mlp(64) | _with("sgd", 64, 0.9) | _SHAPES),
    "zeroed_cnn": Case(False, _cnn(8, 16) | _with("sgd", 32, 0.9), _constant(0.0)),
    "silent_adam": Case(False, _mlp(64, 64) | _with("adam", 64), _silence),
    "shuffled_mlp": Case(
        False, _mlp(64) | _with("sgd", 64, 0.9) | {"training.pitfalls": ["shuffled_labels"]}
    ),
}


def begin(case: Case, seed: int, rate: float, split: int) -> tuple[Experiment, TrainingState]:
    """Return the state before the first batch, its network spoiled where the case says so."""
    seeds = {"training.seed": seed, "data.split_seed": split}
    experiment = case.experiment.replace({**seeds, "optimizer.learning_rate": rate})
    # The labels that a pitfall shuffles are those of seed 0, as in a question to the finder.
    shelf = SHELVES[split]
    data = drain(shelf.prepare(experiment.data, 0, flaws=data_flaws(experiment)))
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    state = initial_state(experiment, data, summary, choose_device("cpu"), shelf)
    if case.spoil:
        with torch.no_grad():
            case.spoil(state.model)
    return experiment, state


def accuracy(case: Case, seed: int, rate: float) -> float:
    """Train to the last epoch; return the validation accuracy, that of guessing if it diverges."""
    try:
        records = list(train(*begin(case, seed, rate, seed)))
    except TrainingDiverged:
        return CHANCE
    [*_, last] = [each for each in records if isinstance(each, EpochRecord)]
    return last.validation_accuracy


def accuracies(case: Case, rate: float) -> list[float]:
    """Return the accuracy with each of three seeds."""
    return [accuracy(case, seed, rate) for seed in range(3)]


def test_of(case: Case, first: int) -> RateTest:
    """Return what the finder sees with the seeds from `first` on."""
    seeds = range(first, first + SEEDS)
    return RateTest(tuple(RateSweep(seed, _sweep(case, seed)) for seed in seeds))


def _sweep(case: Case, seed: int) -> tuple[float, ...]:
    work = range_test(*begin(case, seed, 0.001, 0))
    while True:
        try:
            next(work)
        except StopIteration as end:
            losses: tuple[float, ...] = end.value
            return losses


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the table says of a case.

    `lost` is by how much accuracy each suggestion stays behind the `best` rate, and `error` the
    standard error of such a difference: of two means over the seeds, with the variance of all
    rates that come within `NEAR` of the best.
    """

    best: float
    error: float
    suggested: list[float | None]
    lost: list[float]

    @property
    def can_learn(self) -> bool:
        """Whether the network learns at any rate."""
        return self.best >= ABLE

    @property
    def good(self) -> int:
        """How many suggestions are within two standard errors of the best."""
        return sum(lost <= 2 * self.error for lost in self.lost)


def verdict(rows: list[list[str]]) -> Verdict:
    """Judge the suggestions of one case against its truth."""
    truth = [list(map(float, row[4:])) for row in rows if row[1] == "truth"]
    found = [row for row in rows if row[1] == "found"]
    best = max(map(fmean, truth))
    spread = fmean(variance(each) for each in truth if fmean(each) >= best - NEAR)
    suggested = [float(row[3]) if row[3] else None for row in found]
    lost = [best - fmean(map(float, row[4:])) for row in found if row[3]]
    return Verdict(best, sqrt(2 * spread / len(truth[0])), suggested, lost)


def table() -> dict[str, list[list[str]]]:
    """Return what is written, by case."""
    found: dict[str, list[list[str]]] = {}
    if FILE.exists():
        with FILE.open(newline="", encoding="utf-8") as file:
            for row in [*csv.reader(file)][1:]:
                found.setdefault(row[0], []).append(row)
    return found


def truth_rows(name: str) -> list[list[str]]:
    """Train a case at every rate."""
    return [
        [name, "truth", "", f"{rate:g}", *(f"{each:.4f}" for each in accuracies(CASES[name], rate))]
        for rate in RATES
    ]


def found_rows(name: str) -> list[list[str]]:
    """Ask the finder ten times, and train at each suggestion."""
    rows, known = [], {}
    for first in ASKED:
        rate = advise(test_of(CASES[name], first)).rate
        if rate is None:
            rows.append([name, "found", str(first), "", "", "", ""])
            continue
        if rate not in known:
            known[rate] = [f"{each:.4f}" for each in accuracies(CASES[name], rate)]
        rows.append([name, "found", str(first), f"{rate:g}", *known[rate]])
    return rows


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    only_found = "--found" in names
    kept = table()
    for name in [each for each in names if not each.startswith("-")] or CASES:
        truth = [row for row in kept.get(name, []) if row[1] == "truth"]
        kept[name] = truth if only_found else truth_rows(name)
        kept[name] += found_rows(name)
        told = verdict(kept[name])
        lost = [f"{100 * each:.1f}" for each in told.lost]
        print(name, f"{told.best:.3f}", f"±{100 * told.error:.1f}", told.good, told.suggested, lost)
        with FILE.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEAD)
            writer.writerows(row for case in CASES for row in kept.get(case, []))


if __name__ == "__main__":
    main(sys.argv[1:])
