"""Random changes to a batch of training images, as pure functions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from playground.experiment import catalog

_SHIFT = 1 / 8  # of the image: 4 pixels of 32, as in the usual CIFAR-10 recipe


def augment(
    name: str, images: Tensor, generator: torch.Generator, shift: int | None = None
) -> Tensor:
    """Return a batch `[N, C, H, W]` changed at random, each image in its own way; same type.

    `shift` is how many pixels a crop shifts at most, None for an eighth of the image. All random
    numbers come from `generator`, which lives on the CPU wherever the images are. Raises
    `UnknownChoice` for a name that is not in the catalogue.
    """
    return AUGMENTATIONS[catalog.AUGMENTATIONS[name].name](images, generator, shift)


def _unchanged(images: Tensor, generator: torch.Generator, shift: int | None) -> Tensor:
    return images


def _crop(images: Tensor, generator: torch.Generator, shift: int | None) -> Tensor:
    rows, columns = _shifted(images, generator, shift)
    return _pick(images, rows, columns)


def _crop_flip(images: Tensor, generator: torch.Generator, shift: int | None) -> Tensor:
    rows, columns = _shifted(images, generator, shift)
    mirrored = torch.randint(2, (len(images), 1), generator=generator).bool().to(images.device)
    return _pick(images, rows, torch.where(mirrored, columns.flip(1), columns))


def _shifted(
    images: Tensor, generator: torch.Generator, shift: int | None
) -> tuple[Tensor, Tensor]:
    """Return the source row `[N, H]` and column `[N, W]` of every pixel of a random crop."""
    height, width = images.shape[2:]
    rows, columns = (_reflected(images, size, generator, shift) for size in (height, width))
    return rows, columns


def _reflected(images: Tensor, size: int, generator: torch.Generator, shift: int | None) -> Tensor:
    """Shift `0..size-1` at random for each image, `[N, size]`, mirrored back at both ends."""
    reach = min(shift or max(1, round(size * _SHIFT)), size - 1)
    offsets = torch.randint(-reach, reach + 1, (len(images), 1), generator=generator)
    # A number per image goes to a GPU, not one per pixel: so little is copied without waiting.
    positions = (torch.arange(size, device=images.device) + offsets.to(images.device)).abs()
    return (size - 1) - (size - 1 - positions).abs()


def _pick(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Gather `images[n, :, rows[n, i], columns[n, j]]`, without a padded copy of the batch."""
    count, channels, height, width = images.shape
    places = rows[:, :, None] * width + columns[:, None, :]
    places = places.view(count, 1, height * width).expand(-1, channels, -1)
    return images.flatten(2).gather(2, places).view_as(images)


AUGMENTATIONS: dict[str, Callable[[Tensor, torch.Generator, int | None], Tensor]] = {
    "none": _unchanged,
    "crop": _crop,
    "crop_flip": _crop_flip,
}
