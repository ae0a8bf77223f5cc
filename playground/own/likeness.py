"""Likeness: images that are the same but for compression and size, by thumbnails of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # pixels of a thumbnail

# Root of the mean squared difference, in levels of 256, of two thumbnails that count as the same.
# Of photographs saved again as JPEG at quality 50, or resized to two thirds, it is below 2; of two
# photographs of one thing a second apart it is mostly above 6.
_SAME = 3.0
_AT_ONCE = 256


def thumbnail(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the grey thumbnail of an image uint8 `[side, side, 3]`, as `[SIDE * SIDE]`."""
    grey = pixels.mean(axis=2, dtype=np.float32)
    edges = np.linspace(0, len(grey), SIDE + 1).astype(int)[:-1]
    if len(grey) < SIDE:
        places = np.arange(SIDE) * len(grey) // SIDE
        small = grey[places][:, places]
    else:
        sums = np.add.reduceat(np.add.reduceat(grey, edges, 0), edges, 1)
        heights = np.diff([*edges, len(grey)])
        small = sums / np.outer(heights, heights)
    levels: NDArray[np.uint8] = np.rint(small).astype(np.uint8)
    return levels.ravel()


def alike(of: NDArray[np.uint8], among: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return (place in `of`, place of the one in `among` that is the same), where there is one."""
    if not len(of) or not len(among):
        return []
    others = among.astype(np.float32)
    lengths = (others**2).sum(axis=1)
    most = _SAME**2 * others.shape[1]
    pairs = []
    for start in range(0, len(of), _AT_ONCE):
        some = of[start : start + _AT_ONCE].astype(np.float32)
        distances = lengths - 2 * some @ others.T + (some**2).sum(axis=1)[:, None]
        nearest = distances.argmin(axis=1)
        same = np.flatnonzero(distances[np.arange(len(some)), nearest] <= most)
        pairs += [(start + int(row), int(nearest[row])) for row in same]
    return pairs
