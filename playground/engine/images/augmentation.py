"""Random changes to a batch of training images, as pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from playground.experiment import catalog

_SHIFT = 1 / 8  # of the image: 4 pixels of 32, as in the usual CIFAR-10 recipe


class Part(NamedTuple):
    """Which images of a batch of `of` these are: those from the `first` on."""

    first: int
    of: int


class Dice(NamedTuple):
    """What random numbers come from; of a `part` of a batch, those it would have in the whole."""

    generator: torch.Generator
    part: Part | None = None

    def throw(self, low: int, high: int, images: int) -> Tensor:
        """Return a number from `low` up to, but not including, `high` for each image, `[N, 1]`."""
        first, of = self.part or (0, images)
        drawn = torch.randint(low, high, (of, 1), generator=self.generator)
        return drawn[first : first + images]


def augment(
    name: str,
    images: Tensor,
    generator: torch.Generator,
    shift: int | None = None,
    part: Part | None = None,
) -> Tensor:
    """Return a batch `[N, C, H, W]` changed at random, each image in its own way; same type.

    `shift` is how many pixels a crop shifts at most, None for an eighth of the image. All random
    numbers come from `generator`, which lives on the CPU wherever the images are; where they are
    but `part` of a batch, each is changed as it would be in the whole. Raises `UnknownChoice` for
    a name that is not in the catalogue.
    """
    return AUGMENTATIONS[catalog.AUGMENTATIONS[name].name](images, Dice(generator, part), shift)


def _unchanged(images: Tensor, dice: Dice, shift: int | None) -> Tensor:
    return images


def _crop(images: Tensor, dice: Dice, shift: int | None) -> Tensor:
    rows, columns = _shifted(images, dice, shift)
    return _pick(images, rows, columns)


def _crop_flip(images: Tensor, dice: Dice, shift: int | None) -> Tensor:
    rows, columns = _shifted(images, dice, shift)
    mirrored = dice.throw(0, 2, len(images)).bool().to(images.device)
    return _pick(images, rows, torch.where(mirrored, columns.flip(1), columns))


def _shifted(images: Tensor, dice: Dice, shift: int | None) -> tuple[Tensor, Tensor]:
    """Return the source row `[N, H]` and column `[N, W]` of every pixel of a random crop."""
    height, width = images.shape[2:]
    rows, columns = (_reflected(images, size, dice, shift) for size in (height, width))
    return rows, columns


def _reflected(images: Tensor, size: int, dice: Dice, shift: int | None) -> Tensor:
    """Shift `0..size-1` at random for each image, `[N, size]`, mirrored back at both ends."""
    reach = min(shift or max(1, round(size * _SHIFT)), size - 1)
    offsets = dice.throw(-reach, reach + 1, len(images))
    # A number per image goes to a GPU, not one per pixel: so little is copied without waiting.
    positions = (torch.arange(size, device=images.device) + offsets.to(images.device)).abs()
    return (size - 1) - (size - 1 - positions).abs()


def _pick(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Gather `images[n, :, rows[n, i], columns[n, j]]`, without a padded copy of the batch."""
    count, channels, height, width = images.shape
    places = rows[:, :, None] * width + columns[:, None, :]
    places = places.view(count, 1, height * width).expand(-1, channels, -1)
    return images.flatten(2).gather(2, places).view_as(images)


AUGMENTATIONS: dict[str, Callable[[Tensor, Dice, int | None], Tensor]] = {
    "none": _unchanged,
    "crop": _crop,
    "crop_flip": _crop_flip,
}
