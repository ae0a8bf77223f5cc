"""Drawing of shapes: random place, size, angle, colours and background, a batch at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from playground.engine.images.sources.outlines import OUTLINES

SIZE = 32  # pixels
_RADII = (8.0, 12.5)  # pixels: below 8, a pentagon is a circle even to a person
_NOISE = 14.0  # the most, as a standard deviation in grey levels of 255
_LUMINANCE = (0.299, 0.587, 0.114)  # how bright red, green and blue look, ITU-R BT.601
_CONTRAST = 60.0  # the least difference in brightness between a shape and what is behind it
_CANDIDATES = 12  # colours tried for a shape


def draw(labels: Tensor, class_names: Sequence[str], generator: torch.Generator) -> Tensor:
    """Return one image for each label `[N]`, uint8 `[N, 3, 32, 32]`.

    Each shape lies whole within its image.
    """
    pen = _Pen(len(labels), generator)
    behind, colours = _background(pen)
    ink = _contrasting(colours, pen)[:, :, None, None]
    shade = 1 + _ramp(pen) * pen.uniform(-0.2, 0.2)  # lit from one side
    coverage = _coverage(labels, class_names, pen)
    images = behind + coverage[:, None] * (ink * shade[:, None] - behind)
    images += pen.normal(3, SIZE, SIZE) * pen.uniform(0, _NOISE)[:, None]
    return images.round_().clamp_(0, 255).to(torch.uint8)


@dataclass(frozen=True, slots=True)
class _Pen:
    """Random numbers for a batch of `count` images."""

    count: int
    generator: torch.Generator

    def uniform(self, low: float, high: float) -> Tensor:
        """Return one number for each image, `[N, 1, 1]`."""
        return torch.rand(self.count, 1, 1, generator=self.generator) * (high - low) + low

    def rand(self, *shape: int) -> Tensor:
        """Return numbers from 0 to 1, `[N, *shape]`."""
        return torch.rand(self.count, *shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        """Return numbers of mean 0 and standard deviation 1, `[N, *shape]`."""
        return torch.randn(self.count, *shape, generator=self.generator)


def _grid() -> tuple[Tensor, Tensor]:
    """Return the centre of every pixel, x `[1, 1, W]` and y `[1, H, 1]` upwards, 0 amid all."""
    centres = torch.arange(SIZE) - (SIZE - 1) / 2
    return centres[None, None, :], -centres[None, :, None]


def _coverage(labels: Tensor, class_names: Sequence[str], pen: _Pen) -> Tensor:
    """Return how much of each pixel its shape covers, from 0 to 1, `[N, H, W]`."""
    x, y = _grid()
    radius = pen.uniform(*_RADII)
    room = (SIZE / 2 - 1) - radius
    x = x - room * pen.uniform(-1, 1)
    y = y - room * pen.uniform(-1, 1)
    angle = pen.uniform(0, 2 * math.pi)
    cos, sin = angle.cos() / radius, angle.sin() / radius
    across, up = x * cos + y * sin, y * cos - x * sin
    distance = torch.empty_like(across)
    for label, name in enumerate(class_names):
        of_class = (labels == label).nonzero().flatten()
        distance[of_class] = OUTLINES[name](across[of_class], up[of_class])
    blur = pen.uniform(0.8, 2.0)  # pixels from full colour to none
    return (0.5 - distance * radius / blur).clamp_(0, 1)


def _background(pen: _Pen) -> tuple[Tensor, Tensor]:
    """Return what is behind the shapes, `[N, 3, H, W]`, and the two colours in it, `[N, 2, 3]`."""
    first = pen.rand(3) * 255
    second = (first + (pen.rand(3) - 0.5) * 160).clamp(0, 255)
    gradient = _ramp(pen) / 2 + 0.5
    waves = (_ramp(pen) * pen.uniform(8, 22) + pen.uniform(0, 2 * math.pi)).sin()
    stripes = (waves * 1.5 + 0.5).clamp(0, 1)
    texture = interpolate(pen.rand(1, 9, 9), size=(SIZE, SIZE), mode="bicubic").squeeze(1)
    kinds = torch.stack([torch.zeros_like(texture), gradient, stripes, texture.clamp(0, 1)])
    kind = torch.randint(len(kinds), (pen.count,), generator=pen.generator)
    mix = kinds[kind, torch.arange(pen.count)][:, None]
    colours = torch.stack([first, second], dim=1)
    first, second = first[:, :, None, None], second[:, :, None, None]
    return first + mix * (second - first), colours


def _ramp(pen: _Pen) -> Tensor:
    """Return values that rise in a random direction from about -1 to 1, `[N, H, W]`."""
    x, y = _grid()
    angle = pen.uniform(0, 2 * math.pi)
    return ((x * angle.cos() + y * angle.sin()) * (2 / SIZE)).clamp(-1, 1)


def _contrasting(behind: Tensor, pen: _Pen) -> Tensor:
    """Return for each image a colour `[N, 3]` that stands out from both colours `[N, 2, 3]`."""
    last_resort = torch.tensor([[0.0, 0, 0], [255, 255, 255]]).expand(pen.count, -1, -1)
    candidates = torch.cat([pen.rand(_CANDIDATES, 3) * 255, last_resort], dim=1)
    weights = torch.tensor(_LUMINANCE)
    bright, bright_behind = candidates @ weights, behind @ weights
    contrast = (bright[:, :, None] - bright_behind[:, None, :]).abs().amin(2)
    # The first that is different enough; where none is, the one that differs most.
    enough = contrast >= _CONTRAST
    chosen = torch.where(enough.any(1), enough.int().argmax(1), contrast.argmax(1))
    return candidates[torch.arange(pen.count), chosen]
