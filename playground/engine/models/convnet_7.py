"""Six 3×3 convolutions and a 1×1 one with pooling and batch norm, made for CIFAR-10."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import ImageShape, Layers
from playground.experiment.settings import ModelSettings

CHANNELS = (8, 8, 32, 32, 128, 128)


def convnet_7(settings: ModelSettings, image_shape: ImageShape, classes: int) -> nn.Module:
    """Return the network: 198,930 parameters for 3×32×32 images of ten classes."""
    layers = Layers(image_shape)
    for number, channels in enumerate(CHANNELS, start=1):
        layers.convolution(f"conv{number}", channels, kernel=3, padding=1)
        layers.activation("relu", number)
        if number % 2 == 0:
            layers.max_pool(f"pool{number // 2}")
        layers.batch_norm(f"batch_norm{number}")
    layers.convolution("conv7", classes, kernel=1)
    if image_shape[1:] == (32, 32):
        # As in the original: of the 4×4 map only the upper left 3×3 are averaged.
        layers.average_pool("average_pool", 3)
    else:
        layers.global_average_pool("average_pool")
    layers.flatten()
    return layers.sequential()
