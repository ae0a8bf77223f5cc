"""The layers of a network and the shapes of their outputs, measured without allocating anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from playground.engine.models.building import build_model
from playground.engine.models.layers import InputShape
from playground.experiment.settings import ModelSettings
from playground.run.records import LayerShape


def blueprint(settings: ModelSettings, input_shape: InputShape, classes: int) -> nn.Module:
    """Return the network on the meta device: every shape and no numbers, whatever its size.

    Raises `ModelDoesNotFit` where it cannot work on inputs of this shape.
    """
    with torch.device("meta"):
        return build_model(settings, input_shape, classes).eval()


def shown_layers(model: nn.Module, input_shape: InputShape) -> tuple[LayerShape, ...]:
    """Return the layers that a person is shown, in forward order: the children of `model`.

    For a network in one sequence these are all its layers; a residual network has too many (60),
    and shows its stages. Of a backbone those are shown in its place.
    """
    return _outputs(model, shown_children(model), input_shape)


def shown_children(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the children of `model` by name, and those of its backbone instead of the backbone."""
    for name, child in model.named_children():
        if name == "backbone":
            yield from ((f"{name}.{each}", layer) for each, layer in child.named_children())
        else:
            yield name, child


def leaf_layers(model: nn.Module, input_shape: InputShape) -> tuple[LayerShape, ...]:
    """Return every layer that computes something, in forward order, as often as it is used."""
    leaves = ((name, layer) for name, layer in model.named_modules() if not any(layer.children()))
    return _outputs(model, leaves, input_shape)


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training changes."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def _outputs(
    model: nn.Module, layers: Iterable[tuple[str, nn.Module]], input_shape: InputShape
) -> tuple[LayerShape, ...]:
    """Return name, output shape and parameters of each of `layers` as one input passes through."""
    found: list[LayerShape] = []

    def note(name: str, layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.append(LayerShape(name, tuple(output.shape[1:]), parameter_count(layer)))

    hooks = [
        layer.register_forward_hook(partial(note, name))
        for name, layer in layers
        if not isinstance(layer, nn.Identity)
    ]
    with torch.inference_mode():
        model(torch.empty(1, *input_shape, device="meta"))
    for hook in hooks:
        hook.remove()
    return tuple(found)
