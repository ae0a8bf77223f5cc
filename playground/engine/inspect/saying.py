"""Saying: what a network says of images that are changed, and of inputs it was not made for."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from playground.engine.images.data import TrainingData
from playground.engine.images.shelf import DataShelf
from playground.engine.inspect.networks import images_of, network
from playground.engine.inspect.packing import pixels
from playground.engine.machine.preparation import Preparation, portions
from playground.errors import InvalidExperiment
from playground.experiment.settings import DataSettings
from playground.run.network_looks import (
    Packed,
    SaidOfImages,
    SaidOfKind,
    SaidOfWrongInputs,
    SayOfImages,
    WrongInputs,
    unpacked,
)
from playground.run.records import PreparationRecord

_INPUTS = 200  # of each kind: enough to tell shares to a few points
_SHOWN = 12
_PORTION = 50


def say_of_images(question: SayOfImages, shelf: DataShelf) -> Preparation[SaidOfImages]:
    """Return what the network says of images that a person brings, at two epochs or at one.

    Raises `CheckpointMissing`, `DatasetUnavailable`, and `InvalidExperiment` for images of another
    form than the network's own.
    """
    data = yield from images_of(question.network, shelf)
    images = brought_pixels(question.images, data)
    epochs, shares = [], []
    for wanted in dict.fromkeys((question.network.epoch, question.earlier)):
        model, epoch = network(replace(question.network, epoch=wanted), data)
        found = yield from _said(model, images, data, "Asking the network")
        epochs.append(epoch)
        shares.append(tuple(map(tuple, found.tolist())))
    return SaidOfImages(tuple(epochs), tuple(shares))


def wrong_inputs(question: WrongInputs, shelf: DataShelf) -> Preparation[SaidOfWrongInputs]:
    """Return what the network says of a sample of its validation images, and of what is none.

    Raises as `say_of_images` does; `UnknownChoice` where there is no data set `other`.
    """
    data = yield from images_of(question.network, shelf)
    _require_pixels(data)
    model, epoch = network(question.network, data)
    chosen = _spread(len(data.validation))
    own, labels = data.validation.inputs[chosen], tuple(data.validation.labels[chosen].tolist())
    generator = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (_INPUTS, *own.shape[1:]), generator=generator)
    quarters = 1 if own.shape[2] == own.shape[3] else 2  # turned upside down, where it is no square
    kinds: dict[str, tuple[Tensor, tuple[int, ...]]] = {
        "own": (own, labels),
        "noise": (noise.to(torch.uint8), ()),
        **({"other": ((yield from _other(question, data, shelf)), ())} if question.other else {}),
        "turned": (own.rot90(quarters, (2, 3)), labels),
        "inverted": (255 - own, labels),
    }
    found = {}
    for name, (images, truth) in kinds.items():
        shares = yield from _said(model, images, data, "Asking about wrong inputs")
        sure, said = shares.max(1)
        found[name] = SaidOfKind(
            tuple(said.tolist()), tuple(sure.tolist()), truth, pixels(images[:_SHOWN])
        )
    return SaidOfWrongInputs(epoch, found)


def _said(model: nn.Module, images: Tensor, data: TrainingData, doing: str) -> Preparation[Tensor]:
    """Return the probabilities `[K, classes]` of pixels `[K, C, H, W]`."""
    found = []
    for portion in portions(len(images), _PORTION):
        with torch.inference_mode():
            found.append(model(data.normalization.apply(images[portion])).softmax(1))
        yield PreparationRecord(doing, portion.stop / len(images))
    return torch.cat(found)


def _other(question: WrongInputs, data: TrainingData, shelf: DataShelf) -> Preparation[Tensor]:
    """Return images of another data set in the form of the network's own, `[K, C, H, W]`."""
    settings = DataSettings(dataset=question.other)
    source = yield from shelf.prepare(settings, seed=0, download=False)
    images = source.test.images[_spread(len(source.test))].float()
    channels, *size = data.image_shape
    if images.shape[1] != channels:
        images = images.mean(1, keepdim=True).expand(-1, channels, -1, -1)
    images = interpolate(images, size=size, mode="bilinear", antialias=True)
    return images.round().clamp(0, 255).to(torch.uint8)


def _spread(count: int) -> Tensor:
    """Return up to so many positions as are asked about, evenly over `count`."""
    return torch.linspace(0, count - 1, min(count, _INPUTS)).round().long()


def brought_pixels(images: Packed, data: TrainingData) -> Tensor:
    """Return pixels `[K, C, H, W]` that a page brings; raises `InvalidExperiment` for others."""
    _require_pixels(data)
    channels, height, width = data.image_shape
    try:
        values = unpacked(images, channels=channels, height=height, width=width)
    except ValueError as error:
        raise InvalidExperiment(
            f"These are no images of {channels}×{height}×{width} pixels: {error}."
        ) from None
    return torch.tensor(values)


def _require_pixels(data: TrainingData) -> None:
    if data.validation.inputs.dtype != torch.uint8:
        raise InvalidExperiment(
            "The inputs of this run are numbers and no pixels: there is no telling what would be "
            "noise, or brighter."
        )
