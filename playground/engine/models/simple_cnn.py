"""3×3 convolutions, each followed by pooling; the hidden sizes are the channels."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings


def simple_cnn(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network; each of its blocks halves height and width."""
    layers = Layers(image_shape)
    for number, channels in enumerate(settings.hidden_sizes, start=1):
        layers.convolution(f"conv{number}", channels, kernel=3, padding=1)
        if settings.batch_norm:
            layers.batch_norm(f"batch_norm{number}")
        layers.activation(settings.activation, number)
        layers.max_pool(f"pool{number}")
        if settings.dropout > 0:
            # Single values, not whole channels: a first layer of 4 channels would often lose all.
            layers.add(f"dropout{number}", nn.Dropout(settings.dropout))
    layers.flatten()
    return layers.sequential(classes)
