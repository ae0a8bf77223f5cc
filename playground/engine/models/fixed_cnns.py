"""Convolutional networks with the sizes of their originals, whatever the hidden sizes."""

from __future__ import annotations

from torch import nn

from playground.engine.models.layers import InputShape, Layers
from playground.experiment.settings import ModelSettings


def cnn_20_50(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return two 5×5 convolutions, each pooled, and 500 hidden units: after LeNet.

    431,080 parameters for 1×28×28 images of ten classes.
    """
    layers = Layers(input_shape)
    for number, channels in enumerate((20, 50), start=1):
        layers.convolution(f"conv{number}", channels, kernel=5)
        layers.activation("relu", number)
        layers.max_pool(f"pool{number}")
    layers.flatten()
    layers.linear("linear1", 500)
    layers.activation("relu", 3)
    layers.add("dropout1", nn.Dropout(0.5))
    return layers.sequential(classes)


def convnet_16_32(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return two 3×3 convolutions, pooling, dropout and 64 hidden units, made for MNIST.

    300,426 parameters for 1×28×28 images of ten classes.
    """
    layers = Layers(input_shape)
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
    return layers.sequential(classes)


def cnn_6_3(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return six 3×3 convolutions, pooled after every second, and three linear layers.

    Made for CIFAR-10; 5,851,338 parameters for 3×32×32 images of ten classes.
    """
    layers = Layers(input_shape)
    for number, channels in enumerate((32, 64, 128, 128, 256, 256), start=1):
        layers.convolution(f"conv{number}", channels, kernel=3, padding=1)
        layers.activation("relu", number)
        if number % 2 == 0:
            layers.max_pool(f"pool{number // 2}")
    layers.flatten()
    for number, units in enumerate((1024, 512), start=1):
        layers.linear(f"linear{number}", units)
        layers.activation("relu", 6 + number)
    return layers.sequential(classes)


def convnet_7(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return six 3×3 convolutions and a 1×1 one, with pooling and batch norm.

    Made for CIFAR-10; 198,930 parameters for 3×32×32 images of ten classes.
    """
    layers = Layers(input_shape)
    for number, channels in enumerate((8, 8, 32, 32, 128, 128), start=1):
        layers.convolution(f"conv{number}", channels, kernel=3, padding=1)
        layers.activation("relu", number)
        if number % 2 == 0:
            layers.max_pool(f"pool{number // 2}")
        layers.batch_norm(f"batch_norm{number}")
    layers.convolution("conv7", classes, kernel=1)
    if input_shape[1:] == (32, 32):
        # As in the original: of the 4×4 map only the upper left 3×3 are averaged.
        layers.average_pool("average_pool", 3)
    else:
        layers.global_average_pool("average_pool")
    layers.flatten()
    return layers.sequential()
