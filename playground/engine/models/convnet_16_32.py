"""Two 3×3 convolutions (16, 32), pooling, dropout and 64 hidden units, made for MNIST."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings


def convnet_16_32(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network: 300,426 parameters for 1×28×28 images of ten classes."""
    layers = Layers(image_shape)
    layers.convolution("conv1", 16, kernel=3)
    layers.activation("relu", 1)
    layers.convolution("conv2", 32, kernel=3)
    layers.activation("relu", 2)
    layers.max_pool("pool1")
    layers.add("channel_dropout1", nn.Dropout2d(0.1))
    layers.flatten()
    layers.linear("linear1", 64)
    layers.activation("relu", 3)
    # The original writes channel dropout here too, but a flat list has no channels: plain dropout
    # is what it meant.
    layers.add("dropout2", nn.Dropout(0.25))
    layers.linear("output", classes)
    return layers.sequential()
