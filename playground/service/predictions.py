"""What pages read of a run's predictions: plain arrays from disk, for any past epoch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.run.artifacts import PROBABILITIES, TRAINING_PROBABILITIES
from playground.run.folder import RunFolder
from playground.run.image_sets import WALL_SIZE, ImageSet, fixed_positions

WallFilter = Literal["all", "mistakes", "least sure"]
WALL_FILTERS: tuple[WallFilter, ...] = ("all", "mistakes", "least sure")


Role = Literal["validation", "training"]
"""What images of a run are for: to validate with, or a sample of those to train on."""

ARTIFACTS: dict[Role, str] = {
    "validation": PROBABILITIES,
    "training": TRAINING_PROBABILITIES,
}
"""The artifact with what a network says of the images of each role."""


@dataclass(frozen=True, slots=True)
class ValidationImages:
    """The images of a role uint8 `[N, C, H, W]`, labels `[N]`, positions in the data set `[N]`."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    indices: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tile:
    """One image of the wall; `top` are the likeliest classes with their probabilities, if any.

    `truth_share` is the probability of the true class.
    """

    position: int
    index: int
    truth: int
    top: tuple[tuple[int, float], ...] = ()
    truth_share: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether the likeliest class is the true one."""
        return bool(self.top) and self.top[0][0] == self.truth


def validation_images(key: str) -> ValidationImages | None:
    """Return a run's validation images, read from disk as they are looked at; None without them."""
    return images_of("validation", key)


def images_of(role: Role, key: str) -> ValidationImages | None:
    """Return a run's images of a role; None without them.

    The labels of training images are those that the network is told, right or wrong.
    """
    ImageSet(role, key).look()
    try:
        return _read_images(role, key)
    except FileNotFoundError:
        return None


def probabilities(run_id: str, epoch: int, role: Role = "validation") -> NDArray[np.float16] | None:
    """Return the class probabilities `[N, classes]` after an epoch; None where there are none."""
    try:
        return _read_probabilities(run_id, epoch, role)
    except FileNotFoundError:
        return None


def predicted_epochs(run_id: str, last: int) -> list[int]:
    """Return the epochs from 1 up to `last` whose predictions are on disk, in order.

    Of a long run that is over only some are kept (see `playground.service.store.thinning`).
    """
    return [epoch for epoch in RunFolder.of(run_id).epochs(PROBABILITIES) if 0 < epoch <= last]


def likeliest(predicted: NDArray[np.float16]) -> NDArray[np.int64]:
    """Return the likeliest class of each row of probabilities, of equal ones the first.

    Older runs have such rows, in which float16 cannot tell two classes apart.
    """
    classes: NDArray[np.int64] = predicted.argmax(axis=1)
    return classes


# What was read once is kept; a failure is not, so that a file that comes later is found.
@lru_cache(maxsize=64)
def _read_images(role: Role, key: str) -> ValidationImages:
    found = [ImageSet(role, key).array(name) for name in ("images", "labels", "indices")]
    images, labels, indices = found
    if images is None or labels is None or indices is None:
        raise FileNotFoundError
    if not len(images) == len(labels) == len(indices):
        raise FileNotFoundError
    return ValidationImages(images, labels, indices)


@lru_cache(maxsize=128)
def _read_probabilities(run_id: str, epoch: int, role: Role) -> NDArray[np.float16]:
    array = RunFolder.of(run_id).array(ARTIFACTS[role], epoch)
    if array is None:
        raise FileNotFoundError
    return array


def wall(
    data: ValidationImages,
    predicted: NDArray[np.float16] | None,
    show: WallFilter = "all",
    count: int = WALL_SIZE,
) -> list[Tile]:
    """Return the images of the wall.

    "all" are the same `count` images at every epoch, as many of each class; "mistakes" are the
    wrong answers, the most confident first; "least sure" the smallest probabilities of the
    likeliest class. Before the first epoch (`predicted` is None) it is always "all".
    """
    if predicted is None or len(predicted) != len(data.labels):
        return [_tile(data, position, None) for position in fixed_positions(data.labels, count)]
    if show == "all":
        positions = fixed_positions(data.labels, count)
    else:
        confidence = predicted.max(axis=1).astype(np.float32)
        if show == "mistakes":
            candidates = np.flatnonzero(likeliest(predicted) != data.labels)
            order = np.argsort(-confidence[candidates], kind="stable")
        else:
            candidates = np.arange(len(predicted))
            order = np.argsort(confidence, kind="stable")
        positions = candidates[order[:count]].tolist()
    return [_tile(data, position, predicted) for position in positions]


def _tile(data: ValidationImages, position: int, predicted: NDArray[np.float16] | None) -> Tile:
    index, truth = int(data.indices[position]), int(data.labels[position])
    if predicted is None:
        return Tile(position, index, truth)
    row = predicted[position].astype(np.float32)
    order = np.argsort(-row, kind="stable")[:5]
    top = tuple((int(number), float(row[number])) for number in order)
    return Tile(position, index, truth, top, float(row[truth]))
