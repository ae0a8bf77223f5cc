"""Found: what a reading has found, shown before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Skipped:
    """So many files that were left out for one `reason`, a sentence; some of their names."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Width and height of the images as they came: of the smallest and the largest by area."""

    smallest: tuple[int, int]
    largest: tuple[int, int]
    all_alike: bool


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """A data set that can be kept.

    `counts` are the images of each class under "train" and "test". `samples` has for each class
    up to ten training images, uint8 `[n, channels, height, width]`. `has_own_test` says that what
    was brought named its test images; else a share of each class was drawn. `near_duplicates`
    counts the test images that look like a training image but for compression or size;
    `duplicate_examples` names some, with the training image. `fingerprint` is of all that is kept,
    `bytes` what it takes on disk, `seconds` what reading took. `notes` are sentences on what was
    decided.
    """

    class_names: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    image_shape: tuple[int, int, int]
    samples: tuple[NDArray[Any], ...]
    skipped: tuple[Skipped, ...]
    has_own_test: bool
    near_duplicates: int
    duplicate_examples: tuple[tuple[str, str], ...]
    sizes: Sizes
    fingerprint: str
    bytes: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """How many images there are, of both halves."""
        return sum(map(sum, self.counts.values()))
