"""Softmax regression: one weight per pixel and class."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings


def linear(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network without hidden layers."""
    layers = Layers(image_shape)
    layers.flatten()
    layers.linear("output", classes)
    return layers.sequential()
