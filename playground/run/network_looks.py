"""Network looks: what pages ask of a run's network after an epoch, and what they get for it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.run.questions import Question, Setup

SMOOTH_COPIES = 24
"""Noisy copies of an image whose gradients make one that is less speckled."""


@dataclass(frozen=True, slots=True)
class NetworkAt:
    """A run's network after an epoch; `fingerprint` is that of the images it was trained with."""

    run: str
    epoch: int
    experiment: Setup
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Packed:
    """Small pictures of any `shape`: `content` has a byte for each number, in base64.

    With a `reach` of 0 they are pixels; with another one a byte b stands for (b - 128) / 127 of it.
    """

    shape: tuple[int, ...]
    content: str
    reach: float = 0.0

    @property
    def steps(self) -> NDArray[np.uint8]:
        """The bytes in their shape; raises `ValueError` where they are not as many."""
        content = b64decode(self.content, validate=True)
        if len(content) != prod(self.shape):
            raise ValueError(f"{len(content)} bytes have not the shape {self.shape}")
        return np.frombuffer(content, np.uint8).reshape(self.shape)

    @property
    def numbers(self) -> NDArray[np.float32]:
        """The numbers that the bytes stand for."""
        steps = self.steps.astype(np.float32)
        return (steps - 128) * np.float32(self.reach / 127) if self.reach else steps


@dataclass(frozen=True, slots=True)
class Filters:
    """The weights of the first layer's units as images `[shown, C, h, w]`; there are `units`.

    `epoch` is that of the weights, here and in the other answers: the nearest one that is kept.
    """

    epoch: int
    layer: str
    units: int
    weights: Packed


@dataclass(frozen=True, slots=True)
class FirstLayer(Question[Filters]):
    """What does the first layer look for?"""

    network: NetworkAt


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """What a layer makes of an image: the first of its channels `[shown, h, w]`, or `[1, 1, n]`.

    `shape` is that of the whole output; `maps` are made smaller where they are large.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    maps: Packed


@dataclass(frozen=True, slots=True)
class FeatureMaps:
    """What each layer makes of an image, in forward order."""

    epoch: int
    layers: tuple[LayerMaps, ...]


@dataclass(frozen=True, slots=True)
class EveryLayer(Question[FeatureMaps]):
    """What does every layer make of the validation image at this position?"""

    network: NetworkAt
    position: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which pixels speak for the class `target`, by method: trained and untrained, `[H, W]`.

    `shares` are the class's probabilities, trained and untrained. `seen` is the layer that Grad-CAM
    looks at, empty where there is none.
    """

    epoch: int
    target: int
    shares: tuple[float, float]
    seen: str
    maps: dict[str, tuple[Packed, Packed]]


@dataclass(frozen=True, slots=True)
class WhatItLooksAt(Question[Evidence]):
    """Which pixels of the validation image at this position speak for a class?

    `target` is the class; None is the likeliest one. An `image`, pixels `[1, C, H, W]`, is looked
    at instead of that at the position.
    """

    network: NetworkAt
    position: int
    target: int | None = None
    image: Packed | None = None


@dataclass(frozen=True, slots=True)
class SaidOfImages:
    """Class probabilities of K images at each of the `epochs`, `[epochs][K][classes]`."""

    epochs: tuple[int, ...]
    shares: tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class SayOfImages(Question[SaidOfImages]):
    """What does the network say of these images, pixels `[K, C, H, W]`, then and `earlier`?"""

    network: NetworkAt
    earlier: int
    images: Packed


@dataclass(frozen=True, slots=True)
class SaidOfKind:
    """What is said of K inputs of one kind: classes, their probabilities, and a few images.

    `truth` is the true class of each where it has one; `images` are the first ones `[n, C, H, W]`.
    """

    said: tuple[int, ...]
    sure: tuple[float, ...]
    truth: tuple[int, ...]
    images: Packed


@dataclass(frozen=True, slots=True)
class SaidOfWrongInputs:
    """What the network says of inputs that it was not made for, by the kind of input."""

    epoch: int
    kinds: dict[str, SaidOfKind]


@dataclass(frozen=True, slots=True)
class WrongInputs(Question[SaidOfWrongInputs]):
    """What does the network say of noise, of the data set `other`, of turned, inverted images?

    An empty `other` is none.
    """

    network: NetworkAt
    other: str


def unpacked(packed: Packed, *, channels: int, height: int, width: int) -> NDArray[Any]:
    """Return pixels `[K, channels, height, width]`; raises `ValueError` for others."""
    if packed.reach or len(packed.shape) != 4 or packed.shape[1:] != (channels, height, width):
        raise ValueError(f"pixels of the shape {packed.shape}")
    return packed.steps
