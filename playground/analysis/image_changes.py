"""Image changes: one image shifted, turned, brightened or with a square erased."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What is done to an image, in this order; pixels count from the upper left corner.

    `degrees` turn it to the right about its middle, `right` and `down` are pixels, `brighter` is
    added in percent of white, and a square of `side` pixels is erased from `column` and `row` on.
    """

    degrees: int = 0
    right: int = 0
    down: int = 0
    brighter: int = 0
    side: int = 0
    column: int = 0
    row: int = 0


def changed(image: Pixels, change: ImageChange) -> Pixels:
    """Return pixels `[C, H, W]` as `change` makes them.

    What comes in from outside, and what is erased, has the middle colour of the image's border.
    """
    colour = border_colour(image)
    shown = image.astype(np.float64)
    if change.degrees or change.right or change.down:
        angle = radians(change.degrees)
        turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
        middle = (np.array(image.shape[1:]) - 1) / 2
        # For each pixel of the result: where in the image it comes from.
        origin = middle - turn @ (middle + np.array([change.down, change.right]))
        shown = np.stack(
            [
                affine_transform(channel, turn, origin, order=1, cval=float(value))
                for channel, value in zip(shown, colour, strict=True)
            ]
        )
    shown = shown + 2.55 * change.brighter
    rows, columns = (slice(start, start + change.side) for start in (change.row, change.column))
    shown[:, rows, columns] = colour[:, None, None]
    return np.asarray(shown.round().clip(0, 255), dtype=np.uint8)


def border_colour(image: Pixels) -> NDArray[np.float64]:
    """Return the median of each channel over the outermost pixels, `[C]`."""
    border = np.ones(image.shape[1:], dtype=bool)
    border[1:-1, 1:-1] = False
    middle: NDArray[np.float64] = np.median(image[:, border], axis=1)
    return middle
