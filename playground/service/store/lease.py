"""Lease: a sign that a process lives, which the system takes back when it ends, however it ends."""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_STALE_SECONDS = 86_400.0


class Lease:
    """A locked file, called `name`, in a folder that all processes on the same state share.

    Neither the number of a process nor the name of a machine would do: both are given again,
    and a container has process 1 before and after it was killed.
    """

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(8)
        self._folder = folder
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Lock the file, unless it is; raises `OSError`."""
        if self._file:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for other in self._folder.iterdir():
            with suppress(OSError):  # another process may remove it at the same time
                if time.time() - other.stat().st_mtime > _STALE_SECONDS:
                    is_alive(self._folder, other.name)
        file = (self._folder / self.name).open("wb")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise
        self._file = file

    def release(self) -> None:
        """Let everything go that was held under this lease."""
        if self._file:
            self._file.close()
            self._file = None
            with suppress(OSError):
                (self._folder / self.name).unlink()


def is_alive(folder: Path, name: str) -> bool:
    """Whether the process that took the lease `name` still runs; a dead one's file is removed."""
    if not name:
        return False
    path = folder / name
    try:
        with path.open("rb+") as file:
            try:
                _lock(file)
            except OSError:
                return True
    except OSError:
        return False
    with suppress(OSError):
        path.unlink()
    return False


def _lock(file: IO[bytes]) -> None:
    """Lock a file for this process alone; raises `OSError` at once where another has it."""
    if sys.platform == "win32":
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def lease_folder(home: Path) -> Path:
    """Return the folder of the leases in a folder of state."""
    return home / "leases"
