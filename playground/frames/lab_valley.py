"""Walks down a valley to data frames: lines of equal loss, and the ways of the optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, isfinite, pi, sin, sqrt

import pandas as pd

from playground.lab.valley import Valley, Walk

_CORNERS = 96  # of a line of equal loss
_FAR = 1e3  # a walk that has come so far is not coming back into the picture


def valley_frame(valley: Valley, walks: Mapping[str, Walk]) -> pd.DataFrame:
    """Return one row per place: `kind`, `name`, `order`, `x`, `y`, `loss`, `is_last`.

    Of the kind "level" are the corners of a closed line of equal loss, of "walk" the places of an
    optimizer up to where it leaves for good, of "bottom" the lowest place.
    """
    table = []
    for level in valley.levels:
        wide, high = sqrt(level / valley.along), sqrt(level / valley.across)
        for corner in range(_CORNERS + 1):
            angle = 2 * pi * corner / _CORNERS
            x = valley.bottom + wide * cos(angle)
            y = valley.bend * x**2 + high * sin(angle)
            table.append(("level", f"{level:g}", corner, x, y, level, False))
    for name, walk in walks.items():
        places = []
        for x, y in walk.path:
            if not (isfinite(x) and isfinite(y)) or max(abs(x), abs(y)) > _FAR:
                break
            places.append((x, y))
        for step, (x, y) in enumerate(places):
            is_last = step == len(places) - 1
            table.append(("walk", name, step, x, y, walk.losses[step], is_last))
    lowest = (valley.bottom, valley.bend * valley.bottom**2)
    table.append(("bottom", "lowest", 0, *lowest, 0.0, False))
    columns = ["kind", "name", "order", "x", "y", "loss", "is_last"]
    return pd.DataFrame(table, columns=columns)
