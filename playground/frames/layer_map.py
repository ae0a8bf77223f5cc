"""A map of images as a table, and slices of images beside the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.analysis.estimates import wilson
from playground.analysis.stored_answers import Flags, Integers
from playground.analysis.weak_slices import Slice
from playground.analysis.wording import percent_text


def map_frame(
    places: NDArray[Any],
    positions: Integers,
    classes: Sequence[str],
    words: Sequence[str],
    pictures: Sequence[str],
    right: Flags,
    faint: Flags,
    chosen: int | None,
    path: NDArray[Any] | None = None,
) -> pd.DataFrame:
    """Return a row per image on a map, and one per epoch of the `path` of the chosen one.

    Mistakes come last, so that none is hidden.

    `places` `[N, 2]`, `path` `[E, 2]`; `chosen` is one of `positions`, or None.
    """
    points = pd.DataFrame(
        {
            "kind": "point",
            "x": places[:, 0].round(3),
            "y": places[:, 1].round(3),
            "step": 0,
            "position": positions,
            "class": list(classes),
            "answer": np.where(right, "right", "wrong"),
            "words": list(words),
            "image": list(pictures),
            "faint": faint,
            "chosen": positions == (-1 if chosen is None else chosen),
        }
    )
    points = points.sort_values("answer", kind="stable", ignore_index=True)
    if path is None:
        return points
    trail = {"kind": "path", "x": path[:, 0].round(3), "y": path[:, 1].round(3)}
    steps = pd.DataFrame({**trail, "step": np.arange(len(path))})
    return pd.concat([points, steps], ignore_index=True).fillna(
        {"position": -1, "faint": False, "chosen": False}
    )


def slices_frame(slices: Sequence[Slice]) -> pd.DataFrame:
    """Return a row per slice: the share that is right with its interval by Wilson, and the rest's.

    In the order of the slices, the weakest first.
    """
    rows = []
    for each in slices:
        low, high = wilson(each.right, each.images)
        told = f"{each.right:,} of {each.images:,}: {percent_text(each.share)}"
        kind = "weaker" if each.is_weak else "not clearly weaker"
        shares = (each.share, low, high, each.rest_share)
        rows.append((each.group.name, *shares, kind, told, percent_text(each.rest_share)))
    columns = ["slice", "accuracy", "low", "high", "rest", "kind", "words", "rest_words"]
    return pd.DataFrame(rows, columns=columns)
