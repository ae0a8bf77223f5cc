"""Fleet: all lanes: those for everybody's runs, and a few for runs whose batches take long."""

from __future__ import annotations

from collections.abc import Callable, Collection
from threading import RLock

from playground.run.protocol import Message
from playground.service.lanes.lane import OpenLane
from playground.service.lanes.needs import Needs
from playground.service.lanes.supervisor import Supervisor

# Seconds. A worker reads commands and changes turns between two batches only: where one takes
# longer, it stands in everybody's way.
LONGEST_BATCH = 1.0

# Each is a process with a PyTorch of its own. Runs with long batches share them.
_LONG_LANES = 2


class Fleet:
    """`count` lanes that stay, and up to two for long batches, each there while it is used.

    `on_event` and `on_end` are those of a `Supervisor`.
    """

    def __init__(
        self,
        open_lane: OpenLane,
        count: int,
        lock: RLock,
        on_event: Callable[[Message], None],
        on_end: Callable[[Supervisor, str], None],
    ) -> None:
        def supervisor() -> Supervisor:
            return Supervisor(open_lane, lock, on_event, on_end)

        self.usual = [supervisor() for _ in range(count)]
        self._long = [supervisor() for _ in range(_LONG_LANES)]

    def warm_up(self) -> None:
        """Start the lanes that stay."""
        for lane in self.usual:
            lane.warm_up()

    def choose(
        self, needs: Needs, load: Callable[[Supervisor], int], *, is_long: bool
    ) -> Supervisor:
        """Return the lane for a run: one that is able, with the least load."""
        lanes = self._long if is_long else self.usual
        able = [lane for lane in lanes if needs.are_met_by(lane.environment)]
        # Where none is able the worker itself says what is missing.
        return min(able or lanes, key=lambda lane: (bool(lane.problem), load(lane)))

    def has_other(self, lane: Supervisor) -> bool:
        """Whether another lane that stays could go on with the runs of this one."""
        return any(other.environment for other in self.usual if other is not lane)

    def end_unused(self, used: Collection[Supervisor | None]) -> None:
        """End the lanes for long batches that no run is on; nobody waits for that."""
        for lane in self._long:
            if lane not in used:
                lane.close(waits=False)

    def close(self) -> None:
        """End all lanes."""
        for lane in (*self.usual, *self._long):
            lane.close()
