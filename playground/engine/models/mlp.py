"""Multilayer perceptron, fully connected layers; and softmax regression, which has one."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import InputShape, Layers
from playground.experiment.settings import ModelSettings


def linear(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return softmax regression: one weight per pixel and class, whatever the hidden sizes."""
    return mlp(settings.model_copy(update={"hidden_sizes": ()}), input_shape, classes)


def mlp(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return the network; without hidden sizes it is the linear one."""
    layers = Layers(input_shape)
    layers.flatten()
    for number, units in enumerate(settings.hidden_sizes, start=1):
        layers.linear(f"linear{number}", units)
        if settings.batch_norm:
            layers.batch_norm(f"batch_norm{number}")
        layers.activation(settings.activation, number)
        if settings.dropout > 0:
            layers.add(f"dropout{number}", nn.Dropout(settings.dropout))
    return layers.sequential(classes)
