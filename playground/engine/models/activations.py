"""Activations by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

# Never in place: who looks at a convolution's output must not find it after the ReLU.
ACTIVATION_BUILDERS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


def build_activation(name: str) -> nn.Module:
    """Return a new layer of the activation called `name` in the catalogue."""
    return ACTIVATION_BUILDERS[name]()
