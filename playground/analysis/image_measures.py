"""What can be measured of an image without any network: light, contrast, ink, where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.analysis.stored_answers import Integers

Values = NDArray[np.float64]
Measure = Literal["brightness", "contrast", "ink", "shift"]

_AT_ONCE = 512  # images: of large ones, all would take a gigabyte
_INK = 0.25  # of the largest distance from the background, from which on a pixel is ink
_PARTS = 5


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """The images at one end of a measure: the fifth of all that has least, or most of it.

    `name` says which, such as "dark images"; `meaning` how that was measured, with the bound.
    `members` are their positions, the outermost first.
    """

    name: str
    meaning: str
    members: Integers


@dataclass(frozen=True, slots=True)
class _Ends:
    low: str
    high: str
    meaning: str
    unit: str


_ENDS: dict[Measure, _Ends] = {
    "brightness": _Ends("dark images", "bright images", "mean of the pixels", " of 255"),
    "contrast": _Ends("pale images", "harsh images", "standard deviation of the pixels", " of 255"),
    "ink": _Ends("small or thin things", "large or thick things", "share that is ink", " %"),
    "shift": _Ends(
        "centred things", "things off the centre", "ink away from the centre", " pixels"
    ),
}


def measures(images: NDArray[Any]) -> dict[Measure, Values]:
    """Return what is measured of each image of uint8 `[N, C, H, W]`.

    Brightness and contrast are mean and standard deviation of the pixels, from 0 to 255. Ink is
    what differs from the background, the median of the image's border: its share in percent, and
    how far its centre of mass lies from that of the image, in pixels.
    """
    parts = [
        _measured(np.asarray(images[start : start + _AT_ONCE]))
        for start in range(0, len(images), _AT_ONCE)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in _ENDS}


def _measured(images: NDArray[Any]) -> dict[Measure, Values]:
    pixels = images.astype(np.float32)
    grey = pixels.mean(axis=1)  # [N, H, W]
    rows, columns = grey.shape[1:]
    edge = np.ones((rows, columns), dtype=bool)
    edge[1:-1, 1:-1] = False
    background = np.median(pixels[:, :, edge], axis=2)[:, :, None, None]
    differs = np.abs(pixels - background).max(axis=1)  # a red thing on green ground may be as grey
    most = differs.max(axis=(1, 2), keepdims=True)
    ink = (differs > _INK * most).astype(np.float32)
    count = np.maximum(ink.sum(axis=(1, 2)), 1)
    down = (ink.sum(axis=2) * np.arange(rows)).sum(axis=1) / count - (rows - 1) / 2
    across = (ink.sum(axis=1) * np.arange(columns)).sum(axis=1) / count - (columns - 1) / 2
    is_blank = ~ink.any(axis=(1, 2))
    found: dict[Measure, NDArray[Any]] = {
        "brightness": grey.mean(axis=(1, 2)),
        "contrast": grey.std(axis=(1, 2)),
        "ink": 100 * ink.mean(axis=(1, 2)),
        "shift": np.where(is_blank, 0, np.hypot(down, across)),
    }
    return {name: values.astype(np.float64) for name, values in found.items()}


def groups(measured: dict[Measure, Values], fewest: int = 20) -> list[Group]:
    """Return the lowest and the highest fifth by each measure.

    Left out are ends with less than `fewest` images, and those that equal values make larger than
    two fifths: what they have in common is not special.
    """
    found = []
    for name, values in measured.items():
        ends = _ENDS[name]
        low, high = np.quantile(values, [1 / _PARTS, 1 - 1 / _PARTS]) if len(values) else (0, 0)
        for bound, is_low in ((low, True), (high, False)):
            sign = 1 if is_low else -1
            members = np.flatnonzero(sign * values <= sign * bound)
            if not fewest <= len(members) <= 2 * len(values) / _PARTS:
                continue
            order = np.argsort(sign * values[members], kind="stable")
            least = "at most" if is_low else "at least"
            meaning = f"{ends.meaning}: {least} {bound:.1f}{ends.unit}"
            found.append(Group(ends.low if is_low else ends.high, meaning, members[order]))
    return found
