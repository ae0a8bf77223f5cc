"""The extent of the epoch axis: it grows with the run."""

from __future__ import annotations

from itertools import count


def epoch_end(done: float, planned: int) -> int:
    """Return where the epoch axis ends: at 10, 20, 50, 100 and so on, or at the planned epochs.

    So four epochs of a hundred are no smear at its left end.
    """
    steps = (digit * int(10**power) for power in count(1) for digit in (1, 2, 5))
    return min(planned, next(step for step in steps if step >= done))
