"""How long a run in the queue will probably wait, from the pace of those before it."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace
from statistics import median

from playground.service.admission import RUNNING_PER_OWNER, Ticket
from playground.service.snapshot import RunSnapshot


def expected_wait(
    run_id: str,
    waiting: Sequence[Ticket],
    running: Sequence[tuple[Ticket, RunSnapshot]],
) -> float | None:
    """Return the seconds until `run_id` starts; None where nothing tells.

    Every run now under way ends at its pace so far, and each that starts meanwhile is taken to be
    as long as they are. Whoever has as many runs under way as one may waits for their own alone.
    """
    ticket = next((each for each in waiting if each.run_id == run_id), None)
    if ticket is None:
        return None
    mine = [snapshot for each, snapshot in running if each.owner == ticket.owner]
    is_own_limit = len(mine) >= RUNNING_PER_OWNER
    under_way = mine if is_own_limit else [snapshot for _, snapshot in running]
    left = [snapshot.seconds_left for snapshot in under_way]
    known = [seconds for seconds in left if seconds is not None]
    if not known:
        return None
    ends = [median(known) if seconds is None else seconds for seconds in left]
    length = median(
        snapshot.seconds / snapshot.progress
        for snapshot in under_way
        if snapshot.seconds_left is not None
    )
    heapify(ends)
    for each in waiting:
        if each.run_id == run_id:
            break
        if not is_own_limit or each.owner == ticket.owner:
            heapreplace(ends, ends[0] + length)
    return ends[0]
