"""Softmax regression: one weight per input and class."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import InputShape, Layers
from playground.experiment.settings import ModelSettings


def linear(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return the network without hidden layers."""
    layers = Layers(input_shape)
    layers.flatten()
    layers.linear("output", classes)
    return layers.sequential()
