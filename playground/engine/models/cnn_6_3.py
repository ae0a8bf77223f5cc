"""Six 3×3 convolutions, pooled after every second, and three linear layers, for CIFAR-10."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings

CHANNELS = (32, 64, 128, 128, 256, 256)
UNITS = (1024, 512)


def cnn_6_3(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network: 5,851,338 parameters for 3×32×32 images of ten classes."""
    layers = Layers(image_shape)
    for number, channels in enumerate(CHANNELS, start=1):
        layers.convolution(f"conv{number}", channels, kernel=3, padding=1)
        layers.activation("relu", number)
        if number % 2 == 0:
            layers.max_pool(f"pool{number // 2}")
    layers.flatten()
    for number, units in enumerate(UNITS, start=1):
        layers.linear(f"linear{number}", units)
        layers.activation("relu", len(CHANNELS) + number)
    layers.linear("output", classes)
    return layers.sequential()
