"""The corpus: every run that the doctor is examined on, from setups and faults."""

from __future__ import annotations

from playground.errors import InvalidExperiment
from playground.examination.cases import HEALTHY, Case, Run
from playground.examination.faults import FAULTS, Fault
from playground.examination.setups import (
    SEEDS,
    SETUPS,
    TUNED_ON,
    changed,
    experiment_of,
)
from playground.experiment import Experiment

# Of each rule, on the data set for tuning and on each that reports: eight in all.
_MOST_TO_TUNE, _MOST_TO_REPORT = 6, 1

# The smallest rate that an experiment may have, and the largest.
_RATES = (1e-5, 10.0)


def cases(dataset: str) -> list[Case]:
    """Return the runs on a data set: those that are well, then those with a fault, by rule.

    Setups that have a fault planted are there with every seed, to compare with; others with one.
    """
    sick = [case for rule in FAULTS for case in _sick(dataset, rule)]
    compared = {case.setup for case in sick}
    healthy = [
        Case(f"{dataset}, {setup}, seed {seed}", HEALTHY, healthy_run(dataset, setup, seed), setup)
        for setup in SETUPS[dataset]
        for seed in (SEEDS if setup in compared else SEEDS[:1])
    ]
    return healthy + sick


def healthy_run(dataset: str, setup: str, seed: int) -> Run:
    """Return a setup's run with nothing planted."""
    return Run(experiment_of(dataset, setup, seed))


def _sick(dataset: str, rule: str) -> list[Case]:
    """Return the runs with a fault that `rule` should find, the kinds of fault taking turns."""
    pairs = [(fault, setup) for fault in FAULTS[rule] for setup in fault.setups]
    pairs.sort(key=lambda pair: pair[0].setups.index(pair[1]))
    made: list[Case] = []
    for fault, setup in pairs:
        if setup not in SETUPS[dataset]:
            continue
        seed = SEEDS[len(made) % len(SEEDS)]
        try:
            run = Run(_planted(experiment_of(dataset, setup, seed), fault), fault.plant)
        except InvalidExperiment:
            continue  # a fault that the data set cannot have, such as a class it lacks
        name = f"{dataset}, {setup}, seed {seed}: {fault.name}"
        made.append(Case(name, rule, run, setup, fault.also))
    return made[: _MOST_TO_TUNE if dataset == TUNED_ON else _MOST_TO_REPORT]


def _planted(experiment: Experiment, fault: Fault) -> Experiment:
    lowest, highest = _RATES
    rate = experiment.optimizer.learning_rate * fault.rate
    epochs = max(1, round(experiment.training.epochs * fault.epochs))
    factors = {"learning_rate": min(max(rate, lowest), highest), "epochs": epochs}
    return changed(experiment, {**factors, **fault.changes})
