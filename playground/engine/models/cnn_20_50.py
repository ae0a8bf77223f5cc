"""Two 5×5 convolutions (20, 50), each pooled, and 500 hidden units: LeNet's grandchild."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings


def cnn_20_50(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network: 431,080 parameters for 1×28×28 images of ten classes."""
    layers = Layers(image_shape)
    for number, channels in enumerate((20, 50), start=1):
        layers.convolution(f"conv{number}", channels, kernel=5)
        layers.activation("relu", number)
        layers.max_pool(f"pool{number}")
    layers.flatten()
    layers.linear("linear1", 500)
    layers.activation("relu", 3)
    layers.add("dropout1", nn.Dropout(0.5))
    layers.linear("output", classes)
    return layers.sequential()
