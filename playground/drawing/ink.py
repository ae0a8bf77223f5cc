"""Ink: strokes and brought images as coverage from 0, nothing, to 1; and images of another size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.drawing.strokes import UNIT, Drawing, segments

Ink = NDArray[np.float32]
"""How much of each pixel is inked, `[height, width]`, from 0 to 1."""

SIDE = 280
"""Pixels that a drawing is first brought to: ten for each of MNIST's."""

_FAINT, _FULL = 0.3, 0.7  # of the strongest contrast of a brought image: paper below, pen above


def inked(drawing: Drawing, side: int = SIDE) -> Ink:
    """Return a drawing as ink `[side, side]`; the rim of a stroke covers its pixels in part."""
    ink = np.zeros((side, side), dtype=np.float32)
    for stroke in drawing.strokes:
        radius = stroke.width * side / UNIT / 2
        for start, end in segments(stroke):
            _draw_line(ink, np.array([start, end]) * side / UNIT, radius)
    return ink


def _draw_line(ink: Ink, ends: NDArray[np.float64], radius: float) -> None:
    """Ink all within `radius` of the line between two points, across and down."""
    low = np.floor(ends.min(axis=0) - radius - 1).clip(0, len(ink)).astype(int)
    high = np.ceil(ends.max(axis=0) + radius + 1).clip(0, len(ink)).astype(int)
    across = np.arange(low[0], high[0]) + 0.5 - ends[0, 0]
    down = np.arange(low[1], high[1])[:, None] + 0.5 - ends[0, 1]
    along = ends[1] - ends[0]
    length = float(along @ along)
    place = ((across * along[0] + down * along[1]) / length).clip(0, 1) if length else 0.0
    distance = np.hypot(across - place * along[0], down - place * along[1])
    part = ink[low[1] : high[1], low[0] : high[0]]
    np.maximum(part, (radius + 0.5 - distance).clip(0, 1), out=part)


def ink_of_image(image: NDArray[np.uint8]) -> Ink:
    """Return what is written on an image `[C, H, W]`, whether dark on light or light on dark.

    The paper is the middle grey of the image's border; shadows on it stay below the pen.
    """
    grey = image.astype(np.float32).mean(axis=0)
    rim = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    contrast = np.abs(grey - np.median(rim))
    strongest = float(contrast.max())
    if not strongest:
        return np.zeros_like(grey)
    ink: Ink = ((contrast / strongest - _FAINT) / (_FULL - _FAINT)).clip(0, 1)
    return ink


def resized(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Return values `[H, W]` as `[height, width]`, bilinear with antialiasing as Pillow does it."""
    rows, columns = _weights(height, values.shape[0]), _weights(width, values.shape[1])
    return np.asarray(rows @ values @ columns.T, dtype=np.float32)


@lru_cache(maxsize=64)
def _weights(wanted: int, given: int) -> NDArray[np.float32]:
    """Return what each given pixel counts in each wanted one, `[wanted, given]`."""
    scale = given / wanted
    reach = max(1.0, scale)
    middles = (np.arange(wanted)[:, None] + 0.5) * scale
    near = (1 - np.abs(np.arange(given) + 0.5 - middles) / reach).clip(0, None)
    return np.asarray(near / near.sum(axis=1, keepdims=True), dtype=np.float32)
