"""Fences: the numbers under which workers write a run; whoever has the largest may."""

from __future__ import annotations

from pathlib import Path

from playground.run.home import fence_file

# A process claims a run in the store and then numbers its workers itself, with no word to the
# store: each claim has room for this many, more than a run can have.
_PER_CLAIM = 1_000_000


def fence(claim: int, starts: int) -> int:
    """Return the fence of a worker: the `starts`-th under the store's `claim`."""
    return claim * _PER_CLAIM + starts


def claim_in(folder: Path) -> int:
    """Return the claim of whoever wrote a run's folder last; 0 where nobody has."""
    try:
        return int(fence_file(folder).read_text().partition(" ")[0]) // _PER_CLAIM
    except (OSError, ValueError):
        return 0
