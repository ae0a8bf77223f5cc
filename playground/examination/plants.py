"""Plants: faults that no setting can plant, put into the first weights or the training images."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn

from playground.engine.images.data import TrainingData
from playground.engine.images.sources.dataset import Dataset
from playground.engine.training.training_state import TrainingState


def change_of_weights(plant: str) -> Callable[[TrainingState], None] | None:
    """Return what to do to a run before its first step, by the plant's name; None if nothing."""
    name, _, number = plant.partition(" ")
    change = _WEIGHTS.get(name)
    if change is None:
        return None

    @torch.no_grad()
    def apply(state: TrainingState) -> None:
        layers = [
            layer for layer in state.model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)
        ]
        change(layers, float(number))

    return apply


def change_of_data(plant: str) -> Callable[[TrainingData], TrainingData] | None:
    """Return what to do to the images of a run, by the plant's name; None if nothing."""
    name, _, number = plant.partition(" ")
    if name != "share_of_a_class":
        return None

    def apply(data: TrainingData) -> TrainingData:
        kept = _without_most(data.train.labels, len(data.class_names) // 2, float(number))
        train = Dataset(data.train.inputs[kept], data.train.labels[kept], data.class_names)
        fingerprint = f"{data.fingerprint} {plant}"
        indices = data.train_indices[kept]
        return replace(data, train=train, train_indices=indices, fingerprint=fingerprint)

    return apply


def _without_most(labels: Tensor, label: int, share: float) -> Tensor:
    """Return the positions of all labels, and of one only the first `share`."""
    members = (labels == label).nonzero().flatten()
    dropped = members[max(1, round(share * len(members))) :]
    kept = torch.ones(len(labels), dtype=torch.bool)
    kept[dropped] = False
    return kept.nonzero().flatten()


def _biases(layers: Iterable[nn.Linear | nn.Conv2d], value: float) -> None:
    for layer in layers:
        if layer.bias is not None:
            layer.bias.fill_(value)


def _scale(layers: Iterable[nn.Linear | nn.Conv2d], factor: float) -> None:
    for layer in layers:
        layer.weight.mul_(factor)


def _constant(layers: list[nn.Linear | nn.Conv2d], value: float) -> None:
    for layer in layers:
        layer.weight.fill_(value)
    _biases(layers, 0.0)


_WEIGHTS: dict[str, Callable[[list[nn.Linear | nn.Conv2d], float], None]] = {
    "last_layer": lambda layers, factor: _scale(layers[-1:], factor),
    "hidden_layers": lambda layers, factor: _scale(layers[:-1], factor),
    "all_layers": _scale,
    "hidden_biases": lambda layers, value: _biases(layers[:-1], value),
    "constant": _constant,
}

NAMES = (*_WEIGHTS, "share_of_a_class")
"""The plants there are."""
