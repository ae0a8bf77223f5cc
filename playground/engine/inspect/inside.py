"""Inside: the first layer's weights, what each layer makes of an image, what speaks for a class."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from playground.engine.images.shelf import DataShelf
from playground.engine.inspect.networks import image_at, images_of, network, untrained
from playground.engine.inspect.packing import numbers
from playground.engine.inspect.saliency import (
    grad_cam,
    input_gradient,
    last_convolution,
    occlusion,
    smooth_gradient,
)
from playground.engine.inspect.saying import brought_pixels
from playground.engine.machine.preparation import Preparation
from playground.engine.models.layer_shapes import shown_children
from playground.errors import InvalidExperiment
from playground.run.network_looks import (
    EveryLayer,
    Evidence,
    FeatureMaps,
    Filters,
    FirstLayer,
    LayerMaps,
    Packed,
    WhatItLooksAt,
)
from playground.run.records import PreparationRecord

_MOST_UNITS = 64
_MOST_MAPS, _LARGEST_MAP = 16, 32
_MOST_NUMBERS = 512  # of a flat layer: about as many as a strip can show


def first_layer(question: FirstLayer, shelf: DataShelf) -> Preparation[Filters]:
    """Return the first layer's weights as images, of its first units.

    Raises `CheckpointMissing`, `DatasetUnavailable`, `InvalidExperiment`, as the others here do.
    """
    data = yield from images_of(question.network, shelf)
    model, epoch = network(question.network, data)
    name, weight = next(each for each in model.named_parameters() if each[1].ndim > 1)
    shape = weight.shape[1:] if weight.ndim == 4 else data.image_shape
    layer, shown = name.rpartition(".")[0], weight[:_MOST_UNITS]
    return Filters(epoch, layer, len(weight), numbers(shown.reshape(len(shown), *shape)))


def every_layer(question: EveryLayer, shelf: DataShelf) -> Preparation[FeatureMaps]:
    """Return what each layer makes of a validation image."""
    data = yield from images_of(question.network, shelf)
    model, epoch = network(question.network, data)
    outputs = layer_outputs(model, image_at(data, question.position))
    return FeatureMaps(epoch, tuple(_maps(*each) for each in outputs))


def layer_outputs(model: nn.Module, image: Tensor) -> Iterator[tuple[str, str, Tensor]]:
    """Yield name, kind and output of each child of `model` as an image `[C, H, W]` passes."""
    seen: list[tuple[str, str, Tensor]] = []

    def note(name: str, layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        # A copy: in a residual network ReLU writes over its input.
        seen.append((name, type(layer).__name__, output[0].clone()))

    hooks = [
        layer.register_forward_hook(partial(note, name))
        for name, layer in shown_children(model)
        if not isinstance(layer, nn.Identity)
    ]
    try:
        with torch.inference_mode():
            model(image[None])
    finally:
        for hook in hooks:
            hook.remove()
    return iter(seen)


def _maps(name: str, kind: str, output: Tensor) -> LayerMaps:
    shape = tuple(output.shape)
    if shape[1:] in ((), (1, 1)):  # a number for each unit or channel
        return LayerMaps(name, kind, shape, numbers(output.reshape(1, 1, -1)[:, :, :_MOST_NUMBERS]))
    maps = output[:_MOST_MAPS]
    if max(shape[1:]) > _LARGEST_MAP:
        maps = adaptive_avg_pool2d(maps, (min(shape[1], _LARGEST_MAP), min(shape[2], _LARGEST_MAP)))
    return LayerMaps(name, kind, shape, numbers(maps))


def what_it_looks_at(question: WhatItLooksAt, shelf: DataShelf) -> Preparation[Evidence]:
    """Return which pixels speak for a class, in the trained and in the untrained network."""
    data = yield from images_of(question.network, shelf)
    model, epoch = network(question.network, data)
    models = (model, untrained(question.network, data))
    if question.image is None:
        image = image_at(data, question.position)
    else:
        image = data.normalization.apply(brought_pixels(question.image, data)[:1])[0]
    with torch.inference_mode():
        said = [each(image[None]).softmax(1)[0] for each in models]
    target = int(said[0].argmax()) if question.target is None else question.target
    if not 0 <= target < len(data.class_names):
        raise InvalidExperiment(f"There is no class {target}: there are {len(data.class_names)}.")
    found = []
    for number, each in enumerate(models):
        maps = yield from _evidence(each, image, target)
        found.append(maps)
        yield PreparationRecord("Looking at the image", (number + 1) / 2)
    layer = last_convolution(model)
    pairs = {name: (found[0][name], found[1][name]) for name in found[0]}
    shares = (said[0][target].item(), said[1][target].item())
    return Evidence(epoch, target, shares, layer[0] if layer else "", pairs)


def _evidence(model: nn.Module, image: Tensor, target: int) -> Preparation[dict[str, Packed]]:
    """Return a picture `[H, W]` by each method; of a gradient the largest of its channels."""
    height, width = image.shape[1:]
    maps = {"gradient": input_gradient(model, image, target).abs().amax(0)}
    smooth = yield from smooth_gradient(model, image, target)
    maps["smooth"] = smooth.abs().amax(0)
    if layer := last_convolution(model):
        found = grad_cam(model, layer[1], image, target)
        size = (height, width)
        maps["cam"] = interpolate(found[None, None], size, mode="bilinear")[0, 0]
    # Seven squares to a side, half of one apart.
    patch = max(1, round(min(height, width) / 7))
    maps["occlusion"] = yield from occlusion(model, image, target, patch, max(1, patch // 2))
    return {name: numbers(values) for name, values in maps.items()}
