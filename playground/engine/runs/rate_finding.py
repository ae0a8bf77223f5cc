"""Rate finding: range tests of a setup with several seeds, on networks that nobody else has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.machine.preparation import Preparation
from playground.engine.machine.runtime import TorchState, choose_device, threads_for
from playground.engine.runs.checkpoint import CheckpointFolder
from playground.engine.runs.execution import initial_state
from playground.engine.runs.inspection import describe
from playground.engine.training.range_test import range_test
from playground.engine.training.training_state import TrainingState
from playground.errors import CheckpointMissing
from playground.experiment import Experiment
from playground.experiment.network import check_same_network
from playground.experiment.pitfalls import data_flaws
from playground.run.folder import RunFolder
from playground.run.questions import FindLearningRate
from playground.run.rate_test import SEEDS, STEPS, RateSweep, RateTest
from playground.run.records import PreparationRecord


def find_rate(question: FindLearningRate, shelf: DataShelf | None = None) -> Preparation[RateTest]:
    """Return a sweep for each of several seeds, of the setup untrained or with a run's weights.

    Networks, optimizers and random numbers are its own: no run notices. Raises what a run of the
    setup would raise before its first batch, `CheckpointMissing` where the run keeps none, and
    `InvalidExperiment` where its network is another.
    """
    experiment, shelf = question.experiment.on_one_device(), shelf or DataShelf()
    saved: dict[str, Any] | None = None
    if question.run:
        saved = CheckpointFolder(RunFolder.of(question.run).path).load()
        if saved is None:
            raise CheckpointMissing(
                "This run has no checkpoint yet: wait for its first epoch, then ask again."
            )
        check_same_network(Experiment.from_json(saved["experiment"]), experiment)
    seed = experiment.training.seed
    data = yield from shelf.prepare(experiment.data, seed, flaws=data_flaws(experiment))
    sweeps: list[RateSweep] = []
    for number in range(SEEDS):
        again = experiment.replace({"training.seed": (seed + number) % 2**31})
        own = TorchState()
        with _apart(own):
            state = _begin(again, data, shelf, saved)
            work = range_test(again, state)
        while True:
            with _apart(own):
                try:
                    done = next(work)
                except StopIteration as end:
                    losses: tuple[float, ...] = end.value
                    break
            yield PreparationRecord("Trying learning rates", (number + done / STEPS) / SEEDS)
        sweeps.append(RateSweep(again.training.seed, losses))
    return RateTest(tuple(sweeps), saved["epoch"] if saved else 0)


def _begin(
    experiment: Experiment, data: TrainingData, shelf: DataShelf, saved: Mapping[str, Any] | None
) -> TrainingState:
    """Return a state of its own; with the weights and the optimizer that are `saved`, if any."""
    device = choose_device(experiment.training.device)
    summary = describe(experiment, data.input_shape, len(data.class_names), data.counts)
    torch.set_num_threads(threads_for(summary, experiment.training.batch_size, device))
    state = initial_state(experiment, data, summary, device, shelf)
    if saved:
        before = Experiment.from_json(saved["experiment"])
        state.model.load_state_dict(saved["model"])
        state.epoch = saved["epoch"]
        if experiment.optimizer.name == before.optimizer.name:
            state.take_over_optimizer(saved["optimizer"])
    return state


@contextmanager
def _apart(own: TorchState) -> Iterator[None]:
    """Let the block have torch's process-wide state as its `own`, and leave it as it was."""
    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng(), own.active():
            yield
    finally:
        torch.set_num_threads(threads)
