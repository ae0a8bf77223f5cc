"""Admission: which waiting runs may start, fairly over the people who wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.errors import TooManyRuns

# Each running run holds its network and its turn. More than a few of one person's would only make
# each of them slower.
RUNNING_PER_OWNER = 4
RUNNING_IN_ALL = 48
WAITING_PER_OWNER = 64

# What paused runs may hold in memory. Put aside, a run computes its unfinished epoch again.
PAUSED_BYTES = 512_000_000
PAUSED_RUNS = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """A run in the queue and whose it is."""

    run_id: str
    owner: str


def to_start(waiting: Sequence[Ticket], running: Iterable[Ticket]) -> list[str]:
    """Return the runs to start now, in this order.

    Whoever has the fewest runs under way is next, then whoever has waited longest.
    """
    under_way = Counter(ticket.owner for ticket in running)
    queue = list(waiting)
    chosen: list[str] = []
    while queue and under_way.total() < RUNNING_IN_ALL:
        ticket = min(queue, key=lambda ticket: under_way[ticket.owner])  # the first of the least
        if under_way[ticket.owner] >= RUNNING_PER_OWNER:
            break
        queue.remove(ticket)
        under_way[ticket.owner] += 1
        chosen.append(ticket.run_id)
    return chosen


def check_room(owner: str, count: int, waiting: Sequence[Ticket]) -> None:
    """Raise `TooManyRuns` where `count` more runs of `owner` would make the queue too long."""
    mine = sum(ticket.owner == owner for ticket in waiting)
    if mine + count > WAITING_PER_OWNER + RUNNING_PER_OWNER:
        raise TooManyRuns(
            f"You have {mine} runs waiting: with {count} more that is above the "
            f"{WAITING_PER_OWNER} that one person may have. Wait for some to finish, or stop them."
        )


def to_put_aside(held: Sequence[int]) -> list[int]:
    """Return the places of the paused runs that memory has no room for, the longest paused first.

    `held` are the bytes that each holds, in the order in which they were paused. The last one
    paused stays: somebody is looking at it.
    """
    chosen = []
    bytes_left, runs_left = sum(held), len(held)
    for place, size in enumerate(held[:-1]):
        if bytes_left <= PAUSED_BYTES and runs_left <= PAUSED_RUNS:
            break
        chosen.append(place)
        bytes_left -= size
        runs_left -= 1
    return chosen
