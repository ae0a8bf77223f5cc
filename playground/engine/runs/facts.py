"""Facts: an observer that asks for the training sample, and notes what a diagnosis needs."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from playground.engine.images.data import TrainingData
from playground.engine.runs import training_sample
from playground.engine.runs.image_facts import look_at_images
from playground.engine.runs.rehearsal import rehearse
from playground.engine.training.batches import batch_indices, epoch_order
from playground.engine.training.training_state import TrainingState
from playground.experiment import Experiment
from playground.run.artifacts import FACTS, START, Artifact
from playground.run.facts import EpochFacts, pack_facts


class FactsObserver:
    """Looks at the images once, and after every epoch at what the network says of a sample.

    Rehearses the next steps now and then.
    """

    def __init__(self, experiment: Experiment, data: TrainingData, state: TrainingState) -> None:
        self._experiment = experiment
        self._portions = training_sample.portions(data, state)
        self._has_looked = False

    def __call__(self, state: TrainingState) -> Generator[None, None, list[Artifact]]:
        """Measure the network after `state.epoch`."""
        left: list[Artifact] = []
        if not self._has_looked:
            self._has_looked = True
            start = yield from look_at_images(state)
            left.append(Artifact(START, state.epoch, pack_facts(start)))
        facts = EpochFacts()
        if is_rehearsed(state.epoch):
            facts = yield from rehearse(self._experiment, state)
            facts = replace(facts, label_entropy=_label_entropy(self._experiment, state))
            state.model.eval()
        precision = self._experiment.training.precision
        probabilities, known = yield from training_sample.ask(precision, self._portions, state)
        facts = replace(facts, train=known)
        return [*left, Artifact(FACTS, state.epoch, pack_facts(facts)), probabilities]


def is_rehearsed(epoch: int) -> bool:
    """Whether the steps after this epoch are rehearsed: 0, 1, 4, 16, …"""
    is_power_of_two = epoch & (epoch - 1) == 0
    return is_power_of_two and (not epoch or epoch.bit_length() % 2 == 1)


def _label_entropy(experiment: Experiment, state: TrainingState) -> tuple[float, ...]:
    """Return how mixed the labels of the coming epoch's batches are, and how if shuffled."""
    labels = state.train.labels
    coming = torch.Generator().set_state(state.order.get_state())
    shuffled = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    orders = epoch_order(experiment, labels, coming), shuffled.to(labels.device)
    size, classes = experiment.training.global_batch_size, int(labels.max()) + 1
    return tuple(_mean_entropy(labels, order, size, state.model, classes) for order in orders)


def _mean_entropy(
    labels: Tensor, order: Tensor, size: int, model: torch.nn.Module, classes: int
) -> float:
    batches = batch_indices(len(labels), size, model, order)
    sizes = torch.tensor([len(batch) for batch in batches], device=labels.device)
    number = torch.repeat_interleave(torch.arange(len(batches), device=labels.device), sizes)
    counts = torch.bincount(number * classes + labels[order], minlength=len(batches) * classes)
    shares = counts.view(len(batches), classes).float() / sizes[:, None]
    return float(torch.special.entr(shares).sum(1) @ sizes.float() / len(labels))
