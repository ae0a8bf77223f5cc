"""What changed between two networks that answered the same images: fixed, broken, still so."""

from __future__ import annotations

from typing import Literal

import numpy as np

from playground.analysis.estimates import LEVEL, mcnemar
from playground.analysis.stored_answers import Flags, Integers
from playground.analysis.wording import p_text, points_text

Change = Literal["fixed", "newly broken", "still wrong", "still right"]
CHANGES: tuple[Change, ...] = ("fixed", "newly broken", "still wrong", "still right")


def changes(before: Flags, after: Flags) -> dict[Change, Integers]:
    """Return the positions of the images by what changed; the flags `[N]` say what was right."""
    return {
        "fixed": np.flatnonzero(~before & after),
        "newly broken": np.flatnonzero(before & ~after),
        "still wrong": np.flatnonzero(~before & ~after),
        "still right": np.flatnonzero(before & after),
    }


def changes_text(before: Flags, after: Flags) -> str:
    """Return how sure it is that the two networks differ, by McNemar's exact test."""
    found = changes(before, after)
    fixed, broken = len(found["fixed"]), len(found["newly broken"])
    if not fixed + broken:
        return "Both have the very same images right: nothing speaks for either of them."
    p = mcnemar(broken, fixed)
    difference = points_text((fixed - broken) / len(before))
    verdict = (
        "this is more than chance would do"
        if p < 1 - LEVEL
        else "chance alone may do that, so it does not show that one of them is better"
    )
    return (
        f"Of {len(before):,} images, {fixed:,} were fixed and {broken:,} newly broken: accuracy "
        f"{difference}. If neither were better, each of these {fixed + broken:,} would be as "
        f"likely fixed as broken; by that {verdict} (McNemar's exact test, {p_text(p)})."
    )
