"""LayerWatch: what comes out of each layer with weights, noted while a network looks at images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import gcd, nan

import torch
from torch import Tensor, nn

SAMPLE = 131_072
"""Values of which most is measured, at most: the cost does not grow with the network."""

_ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.GELU: "gelu",
    nn.LeakyReLU: "other",
    nn.ELU: "other",
    nn.SiLU: "other",
}
_SILENT = 1e-5
_FAR = 5.0  # where the gradient of a sigmoid is 0.007 instead of 0.25
# The middle of what comes out, and how far from it a value is within 0.01 of an end.
_ENDS = {"sigmoid": (0.5, 0.49), "tanh": (0.0, 0.99)}


@dataclass(eq=False)
class Seen:
    """What came out of one layer, in all passes: of its activation, where one follows it."""

    name: str
    layer: nn.Module
    activation: str = ""
    values: list[Tensor] = field(default_factory=list)
    far: list[Tensor] = field(default_factory=list)  # the share of inputs beyond ±5
    silent: Tensor | None = None  # for each unit
    stuck: Tensor | None = None

    @property
    def weight(self) -> nn.Parameter:
        """Its weights, units first."""
        return weight_of(self.layer)

    @property
    def bias(self) -> Tensor | None:
        """What is added for each unit, where it has any."""
        bias: Tensor | None = getattr(self.layer, "bias", None)
        return None if bias is None else bias.detach()

    def take(self, output: Tensor, most: int) -> None:
        """Note an output `[N, units]` or `[N, channels, …]`, whatever becomes of it later."""
        is_flat = isinstance(self.layer, nn.Linear)
        axis = output.dim() - 1 if is_flat else min(1, output.dim() - 1)
        places = [dimension for dimension in range(output.dim()) if dimension != axis]
        silent = torch.linalg.vector_norm(output, torch.inf, places) < _SILENT
        self.silent = silent if self.silent is None else self.silent & silent
        if ends := _ENDS.get(self.activation):
            middle, reach = ends
            stuck = torch.linalg.vector_norm(output - middle, -torch.inf, places) > reach
            self.stuck = stuck if self.stuck is None else self.stuck & stuck
        self.values.append(sample(output, most).cpu())

    def saturated_share(self, values: Tensor) -> float:
        """Return the share of `values` that lie near an end, no number where there is none."""
        if self.activation not in _ENDS:
            return nan
        middle, reach = _ENDS[self.activation]
        return float(((values - middle).abs() > reach).float().mean())


class LayerWatch:
    """Notes the outputs of a network's layers while it is `attached`; changes nothing of them."""

    def __init__(self, model: nn.Module, passes: int = 1) -> None:
        self._model = model
        self._most = SAMPLE // passes
        self._seen: dict[nn.Module, Seen] = {}
        self._latest: tuple[Seen, Tensor] | None = None

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Look on as long as the block takes: one pass of the network."""
        hooks = []
        for name, module in self._model.named_modules():
            if type(module) in _ACTIVATIONS:
                hooks.append(module.register_forward_pre_hook(self._before_activation))
                hooks.append(module.register_forward_hook(self._activation))
            elif has_weights(module):
                self._seen.setdefault(module, Seen(name, module))
                hooks.append(module.register_forward_hook(self._layer))
        try:
            yield
            self._close()
        finally:
            self._latest = None
            for hook in hooks:
                hook.remove()

    def layers(self) -> list[Seen]:
        """Return the layers that gave anything, in the order of the forward pass."""
        return [seen for seen in self._seen.values() if seen.values]

    def _layer(self, module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self._close()
        seen = self._seen.pop(module)
        self._seen[module] = seen  # in the order in which they are called
        self._latest = seen, output.detach()

    def _before_activation(self, _module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if self._latest:  # now: it may write over what it reads
            self._latest[0].far.append(_far(sample(inputs[0].detach(), self._most)))

    def _activation(self, module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if self._latest:
            seen, self._latest = self._latest[0], None
            seen.activation = _ACTIVATIONS[type(module)]
            seen.take(output.detach(), self._most)

    def _close(self) -> None:
        """Note the output of a layer that no activation followed."""
        if self._latest:
            (seen, output), self._latest = self._latest, None
            seen.far.append(_far(sample(output, self._most)))
            seen.take(output, self._most)


def has_weights(module: nn.Module) -> bool:
    """Whether a layer multiplies by weights of its own: linear, convolution and their like."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, nn.Parameter) and weight.dim() >= 2


def weight_of(layer: nn.Module) -> nn.Parameter:
    """Return the weights of a layer that `has_weights`."""
    return layer.get_parameter("weight")


def sample(values: Tensor, most: int = SAMPLE) -> Tensor:
    """Return at most so many of `values`, evenly spread, as a row of float32 of its own."""
    row = in_memory_order(values).flatten()
    step = -(-row.numel() // most) or 1
    while step > 1 and gcd(step, row.numel()) > 1:  # else the same inputs of every unit
        step += 1
    return row[::step].to(torch.float32, copy=True)


def in_memory_order(values: Tensor) -> Tensor:
    """Return `[N, C, H, W]` as it lies in memory, so that flattening copies nothing."""
    if values.dim() == 4 and values.is_contiguous(memory_format=torch.channels_last):
        return values.permute(0, 2, 3, 1)
    return values


def _far(inputs: Tensor) -> Tensor:
    return (inputs.abs() > _FAR).float().mean()
