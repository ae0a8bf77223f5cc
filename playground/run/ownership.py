"""Who may write a run. Three questions, each with a sign of its own:

Does the process live that has the run under way?
    It holds a **lease**: a locked file in `<home>/leases`, which the system lets go of when the
    process ends, however it ends. The store notes the lease of every run that is not over.
Which process may change what the store says of the run?
    The one that **claimed** it last. A claim is a number that the store counts up for each run;
    it is given only where no living process has the run.
Which worker may write into the run's folder?
    The one with the largest **fence**. A process numbers the workers that it starts under its
    claim, with no word to the store. The folder holds the fence of who wrote last, and a mark of
    its process: a worker that was believed dead finds a larger number, or its own in the hands of
    another process, and writes nothing any more.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from playground.errors import RunTakenOver
from playground.run.folder import RunFolder
from playground.run.part_files import write_whole

# Each claim has room for this many fences, more than a run can have workers.
_PER_CLAIM = 1_000_000
_LARGEST = 2**62  # what a database takes as a number; a larger one was not written by us

# Tells two processes apart that were given the same fence.
_PROCESS = secrets.token_hex(8)

_LEASE = re.compile(r"[0-9a-f]{16}")
_STALE_SECONDS = 86_400.0


def fence(claim: int, starts: int) -> int:
    """Return the fence of a worker: the `starts`-th under the store's `claim`."""
    return claim * _PER_CLAIM + starts


def claim_in(folder: Path) -> int:
    """Return the claim of whoever wrote a run's folder last; 0 where nobody has."""
    return _fence_in(folder)[0] // _PER_CLAIM


def take_folder(folder: Path, number: int) -> None:
    """Write the fence `number` into a run's folder.

    Raises `RunTakenOver` where a later one is there, and `OSError`. Fence 0 is for those who have
    the folder to themselves.
    """
    check_folder(folder, number)
    write_whole(RunFolder(folder).fence, f"{number} {_PROCESS}".encode())


def check_folder(folder: Path, number: int) -> None:
    """Raise `RunTakenOver` where another worker than that of the fence `number` has the run now."""
    found, process = _fence_in(folder)
    if found > number or (found == number > 0 and process != _PROCESS):
        raise RunTakenOver("Another process has taken this run over and goes on with it.")


def _fence_in(folder: Path) -> tuple[int, str]:
    """Return the fence in a run's folder and its process; 0 where there is none that is ours."""
    file = RunFolder(folder).fence
    try:
        # Of what is no file, such as a pipe, the end may never come.
        number, _, process = (file.read_text() if file.is_file() else "").partition(" ")
        found = int(number)
    except (OSError, ValueError):
        return 0, ""
    return (found, process) if 0 <= found < _LARGEST else (0, "")


class Lease:
    """A locked file, called `name`, in a folder that all processes on the same state share.

    Neither the number of a process nor the name of a machine would do: both are given again,
    and a container has process 1 before and after it was killed.
    """

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(8)
        self._folder = folder
        self._lock = FileLock(folder / self.name, thread_local=False)

    def take(self) -> None:
        """Lock the file, unless it is; raises `OSError`."""
        if self._lock.is_locked:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for other in self._folder.iterdir():
            with suppress(OSError):  # another process may remove it at the same time
                if time.time() - other.stat().st_mtime > _STALE_SECONDS:
                    is_alive(self._folder, other.name)
        self._lock.acquire(blocking=False)

    def release(self) -> None:
        """Let everything go that was held under this lease."""
        if self._lock.is_locked:
            self._lock.release(force=True)
            with suppress(OSError):
                (self._folder / self.name).unlink()


def is_alive(folder: Path, name: str) -> bool:
    """Whether the process that took the lease `name` still runs; a dead one's file is removed.

    What is no name of a lease is none: it may lead anywhere. Where the file must not be touched,
    as in a home that belongs to somebody else, its process is taken to run.
    """
    path = folder / name
    if not _LEASE.fullmatch(name) or not path.is_file():
        return False
    try:
        with FileLock(path).acquire(blocking=False):
            path.unlink(missing_ok=True)
    except (Timeout, PermissionError):
        return True
    except OSError:
        return False
    return False


def lease_folder(home: Path) -> Path:
    """Return the folder of the leases in a folder of state."""
    return home / "leases"
