"""A network under construction: named layers in order, each sized by the shape it receives."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import prod

from torch import nn

# Never in place: who looks at a convolution's output must not find it after the ReLU.
ACTIVATION_BUILDERS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "identity": nn.Identity,
}

InputShape = tuple[int, ...]
ImageShape = InputShape  # of what convolves: channels, height, width


class LayerDoesNotFit(Exception):
    """A layer's window is larger than its input; the text names both as part of a sentence."""


class Layers:
    """Named layers in order; `shape` is what the next one receives for one input.

    Every method adds one layer. Raises `LayerDoesNotFit` where a kernel or a pooling window is
    larger than its input.
    """

    def __init__(self, input_shape: InputShape) -> None:
        self.shape = input_shape
        self._layers: OrderedDict[str, nn.Module] = OrderedDict()

    def convolution(self, name: str, channels: int, kernel: int, padding: int = 0) -> None:
        """Add a convolution with bias, stride 1: `[C, H, W]` to `[channels, H', W']`."""
        height, width = self._fit(name, "kernel", kernel, padding)
        layer = nn.Conv2d(self.shape[0], channels, kernel, padding=padding)
        self.add(name, layer, (channels, height - kernel + 1, width - kernel + 1))

    def max_pool(self, name: str) -> None:
        """Add 2×2 max pooling, which halves height and width, rounded down."""
        height, width = self._fit(name, "pooling", 2)
        self.add(name, nn.MaxPool2d(2), (self.shape[0], height // 2, width // 2))

    def average_pool(self, name: str, size: int) -> None:
        """Add average pooling over windows of `size` × `size`."""
        height, width = self._fit(name, "pooling", size)
        self.add(name, nn.AvgPool2d(size), (self.shape[0], height // size, width // size))

    def global_average_pool(self, name: str) -> None:
        """Add the mean over each whole channel: `[C, H, W]` to `[C, 1, 1]`."""
        self.add(name, nn.AdaptiveAvgPool2d(1), (self.shape[0], 1, 1))

    def flatten(self) -> None:
        """Add the flattening of an input of any shape to one list of numbers."""
        self.add("flatten", nn.Flatten(), (prod(self.shape),))

    def linear(self, name: str, units: int) -> None:
        """Add a fully connected layer to `units` numbers."""
        self.add(name, nn.Linear(self.shape[0], units), (units,))

    def batch_norm(self, name: str) -> None:
        """Add batch norm per channel of a map, or per unit of a list."""
        kind = nn.BatchNorm2d if len(self.shape) == 3 else nn.BatchNorm1d
        self.add(name, kind(self.shape[0]))

    def activation(self, kind: str, number: int) -> None:
        """Add the activation called `kind` in the catalogue, named such as "relu1"."""
        self.add(f"{kind}{number}", ACTIVATION_BUILDERS[kind]())

    def add(self, name: str, layer: nn.Module, shape: tuple[int, ...] | None = None) -> None:
        """Add any layer; `shape` is that of its output, where it differs from its input's."""
        self._layers[name] = layer
        self.shape = shape or self.shape

    def sequential(self, classes: int | None = None) -> nn.Sequential:
        """Return the network, with a last linear layer "output" to so many `classes`, if given."""
        if classes:
            self.linear("output", classes)
        return nn.Sequential(self._layers)

    def _fit(self, name: str, window: str, size: int, padding: int = 0) -> tuple[int, int]:
        """Return height and width of the padded input, if a window of `size` fits into it."""
        _, height, width = self.shape
        if size > min(height, width) + 2 * padding:
            raise LayerDoesNotFit(
                f"the {size}×{size} {window} of its layer {name} does not fit its "
                f"{height}×{width} input"
            )
        return height + 2 * padding, width + 2 * padding
