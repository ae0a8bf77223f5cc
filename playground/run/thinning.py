"""Thinning: which epochs of a long run are kept."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 50
"""Epochs kept of a run: about as many as a slider can tell apart."""

_FIRST = 10  # epochs, in which a network changes most


def spread(epochs: Sequence[int], most: int = MOST) -> list[int]:
    """Return at most `most` of these ascending epochs, the last one always, in order.

    All of them up to that number. Of more: the first ten and others evenly between; where there is
    not room for twice as many, evenly throughout.
    """
    if len(epochs) <= most:
        return list(epochs)
    first = _FIRST if most > 2 * _FIRST else 0
    rest, room = epochs[first:], most - first
    return [*epochs[:first], *(rest[(place + 1) * len(rest) // room - 1] for place in range(room))]
