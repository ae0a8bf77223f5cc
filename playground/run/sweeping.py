"""Sweeping: what nobody has looked at longest goes first among what can be made again.

In use is what somebody has looked at in the last ten minutes, in any process: whoever reads it
notes that, and a run under way looks at its images for as long as it is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from time import time

from playground.run import environment
from playground.run.disk import Item, Usage, count
from playground.run.home import home

_LIMIT_GB = 10.0
_SPARE = 0.9  # of the limit is left when the sweeping ends, so that the next file does not begin it

_IN_USE_SECONDS = 600.0
_NOTED_SECONDS = 60.0  # a look is noted at most this often

_LOG_BYTES = 10_000_000

# What is smaller is written without a count of the whole home, which takes longer than writing it.
LARGE = 8_000_000


def limit() -> int:
    """Return how many bytes may lie under the home: `PLAYGROUND_DISK_GB`, 10 unless it is set."""
    return round(environment.number("PLAYGROUND_DISK_GB", _LIMIT_GB, 0.001, 1_000_000) * 1e9)


def note_look(path: Path) -> None:
    """Note that somebody looks at what can be made again, where the disk lets us."""
    with suppress(OSError):
        if abs(time() - path.stat().st_mtime) > _NOTED_SECONDS:
            os.utime(path)


def is_in_use(looked_at: float) -> bool:
    """Whether a moment was just now; one in the future is from before the clock was set back."""
    return abs(time() - looked_at) < _IN_USE_SECONDS


def remove(item: Item) -> bool:
    """Remove an item, unless somebody looks at it now or the disk refuses; return whether."""
    try:
        if is_in_use(item.looked_at) or is_in_use(item.path.lstat().st_mtime):
            return False
        if item.path.is_dir() and not item.path.is_symlink():
            rmtree(item.path)
        else:
            item.path.unlink()
    except OSError:
        return False
    return True


def cut_log() -> None:
    """Begin the worker's log anew where it has become long; whoever writes it goes on."""
    log = home() / "worker.log"
    with suppress(OSError):
        if log.stat().st_size > _LOG_BYTES:
            os.truncate(log, 0)


def make_room(needed: int = 0) -> Usage:
    """Let `needed` more bytes fit under the limit, where items can go for it; return what is left.

    Of items alone: whether it was enough is for the caller to see.
    """
    usage, most = count(), limit()
    if usage.total + needed <= most:
        return usage
    total = usage.total
    for item in usage.items:
        if total + needed <= most * _SPARE:
            break
        total -= item.size if remove(item) else 0
    return count()
