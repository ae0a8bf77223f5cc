"""Observers: what is measured of a network after an epoch, for those who look into it.

An observer changes no number of the run: it leaves weights, gradients, statistics and every random
generator as they are, and what it takes is not on the clock of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

import torch

from playground.engine.images.data import TrainingData
from playground.engine.runs.facts import FactsObserver
from playground.engine.runs.layer_statistics import watch_layers
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.artifacts import Artifact
from playground.run.environment import switch
from playground.run.records import TurnRecord

Observer: TypeAlias = Callable[[TrainingState], Generator[None, None, list[Artifact]]]
"""Measures a network after `state.epoch`, 0 before the first step; yields where others may go on.

The network is in eval mode. A `weight.grad` is not to be touched: `torch.autograd.grad` leaves it.
"""

# Makes an observer of a run, or says that there is nothing for it to see: None. The images of
# `data` are let go of after the start, so that what an observer needs of them it copies.
Maker: TypeAlias = Callable[[Experiment, TrainingData, TrainingState], Observer | None]

_MAKERS: tuple[Maker, ...] = (FactsObserver, watch_layers)


def are_asked() -> bool:
    """Whether anybody is to look at all: not where `PLAYGROUND_INSPECTION` is 0."""
    return switch("PLAYGROUND_INSPECTION", default=True)


def observers(experiment: Experiment, data: TrainingData, state: TrainingState) -> list[Observer]:
    """Return those who look at a run, nobody where they are not asked."""
    if not are_asked():
        return []
    made = (make(experiment, data, state) for make in _MAKERS)
    return [observer for observer in made if observer is not None]


def observe(
    watching: Sequence[Observer], state: TrainingState
) -> Generator[TurnRecord, None, list[Artifact]]:
    """Return what all of them leave behind after `state.epoch`."""
    seen: list[Artifact] = []
    mode, random = state.model.training, torch.get_rng_state()
    for observer in watching:
        state.model.eval()
        looking = observer(state)
        while True:
            try:
                next(looking)
            except StopIteration as end:
                seen += end.value
                break
            yield TurnRecord()
    state.model.train(mode)
    torch.set_rng_state(random)
    return seen
