"""Room: how much of the disk what is stored takes, and whether one more run may be stored."""

from __future__ import annotations

from threading import Lock, Thread
from time import monotonic, time

from playground.errors import NoRoom
from playground.run.disk import Usage, count, size_text
from playground.run.sweeping import limit, make_room
from playground.service.store.store import RunStore

# Told from here on, of the limit or of a person's share.
_NEAR = 0.9

# As soon as the runs of several people are here, those of each may take this much of the limit.
_SHARE = 0.25

# Counting files takes a while: it is done anew after this time for pages, and for a new run, or
# after twenty times what it took.
_PAGE_SECONDS = 10.0
_RUN_SECONDS = 1.0
_TIMES = 20.0

_RULE = "the limit for all that is stored here (PLAYGROUND_DISK_GB)"
_WAY_OUT = (
    "Delete runs on the Runs page or with: python -m playground delete RUN. Whoever runs this "
    "server can also raise PLAYGROUND_DISK_GB."
)


class Room:
    """What lies under the home, as of a few seconds ago, and the rules of how much may.

    The operator, whose runs have no owner, has no share but all that is free. Runs that are
    deleted count for nobody, and are erased for good once their room is needed.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._lock = Lock()
        self._usage: Usage | None = None
        self._counted_at = 0.0  # on the monotonic clock, as the end of the last count
        self._cost = 0.0  # seconds that it took

    def usage(self) -> Usage:
        """Return how many bytes there are of what; nobody waits for more than the first count."""
        usage = self._usage
        if usage is None:
            return self._count()
        if self._is_older_than(_PAGE_SECONDS):
            self._counted_at = monotonic()  # one thread is enough
            Thread(target=self._count, daemon=True, name="disk").start()
        return usage

    @property
    def warning(self) -> str:
        """That what does not go by itself is near the limit, in a sentence; mostly nothing."""
        kept, most = self.usage().kept, limit()
        if kept < _NEAR * most:
            return ""
        then = "no new run starts" if kept >= most else "when it is reached, no new run starts"
        return (
            f"Runs and data sets take {size_text(kept)} on disk, and {size_text(most)} is {_RULE}: "
            f"{then}. {_WAY_OUT}"
        )

    def share_text(self, owner: str) -> str:
        """Say how much of their share somebody's runs take; empty where there is nothing to say."""
        held, most = self._held(owner), _SHARE * limit()
        if not held:
            return ""
        near = (
            ": when that is reached, delete some to start new ones" if held > _NEAR * most else ""
        )
        return f"Your runs take {size_text(held)} of the {size_text(most)} that are for you{near}."

    def check(self, owner: str) -> None:
        """Raise `NoRoom` where the limit, or the share of `owner`, is reached.

        Before that, all goes that can go for it.
        """
        if self._is_older_than(_RUN_SECONDS):
            self._count()
        if self.usage().total >= limit():
            self._free()
            if (total := self.usage().total) >= limit():
                raise NoRoom(
                    f"What is stored takes {size_text(total)} on disk, and {size_text(limit())} is "
                    f"{_RULE}: no new run starts. {_WAY_OUT}"
                )
        share = _SHARE * limit()
        if (self._held(owner) or 0) >= share:
            self._count()
            if (held := self._held(owner) or 0) >= share:
                raise NoRoom(
                    f"Your runs take {size_text(held)} on disk. Where several people have runs, "
                    f"those of one may take {size_text(share)}, a quarter of {_RULE}: no new run "
                    "of yours starts. Delete some of yours on the Runs page."
                )

    def _held(self, owner: str) -> int | None:
        """Return how many bytes the runs of `owner` take; None where there are no shares."""
        if not owner:
            return None
        owners = {run.info.run_id: run.info.owner for run in self._store.runs()}
        if not {*owners.values()} - {"", owner}:
            return None
        sizes = self.usage().runs
        return sum(sizes.get(run_id, 0) for run_id, whose in owners.items() if whose == owner)

    def _free(self) -> None:
        """Sweep, and where that is not enough erase what people have deleted."""
        if make_room().total >= limit():
            self._store.tidy(time())
        self._count()

    def _count(self) -> Usage:
        with self._lock:
            started = monotonic()
            self._usage = usage = count(self._store.file.parent)
            self._counted_at = monotonic()
            self._cost = self._counted_at - started
        return usage

    def _is_older_than(self, seconds: float) -> bool:
        return monotonic() - self._counted_at > max(seconds, _TIMES * self._cost)
