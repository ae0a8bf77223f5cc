"""Causes: differences of two experiments taken one by one, each pitfall by itself, and in words."""

from __future__ import annotations

from playground.analysis.wording import MYSTERY_PATH, PITFALLS_PATH, value_text
from playground.experiment import Difference
from playground.experiment.catalog import PITFALLS


def one_by_one(change: Difference) -> list[Difference]:
    """Return the change of each pitfall by itself; any other difference as it is."""
    if change.path != PITFALLS_PATH:
        return [change]
    names = PITFALLS.names
    return [
        Difference(
            change.path,
            "pitfall",
            change.old,
            tuple(each for each in names if (each in change.old) != (each == name)),
        )
        for name in names
        if (name in change.old) != (name in change.new)
    ]


def switched_pitfall(cause: Difference) -> str:
    """Return the name of the one pitfall that a cause switches on or off."""
    return next(name for name in PITFALLS.names if (name in cause.old) != (name in cause.new))


def cause_text(cause: Difference) -> str:
    """Return one of `causes` in words: "learning rate 0.001 → 0.01", "pitfall “…” switched on"."""
    if cause.path == PITFALLS_PATH:
        name = switched_pitfall(cause)
        return f"pitfall “{PITFALLS[name].label}” switched {'on' if name in cause.new else 'off'}"
    if cause.path == MYSTERY_PATH and None in (cause.old, cause.new):
        return f"mystery {cause.new or cause.old} switched {'on' if cause.new else 'off'}"
    old, new = value_text(cause.path, cause.old), value_text(cause.path, cause.new)
    return f"{cause.label} {old} → {new}"
