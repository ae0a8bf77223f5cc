"""Compressed files as publishers offer them, and the job of having what is in them.

No torch here, nor in what reads them, so that the process that downloads starts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Damaged(Exception):
    """A file does not hold what it should; the text says why, for the middle of a sentence."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A compressed file that is or will be at `path`, and unpacks to `contents`.

    `addresses` have it, to be tried in turn; an `md5` of None is not compared. A `.tar.gz` holds
    its contents in one folder, called like theirs; any other is one file. `read` raises `Damaged`
    where one of the contents is not what it should be.
    """

    path: Path
    addresses: tuple[str, ...]
    md5: str | None
    contents: tuple[Path, ...]
    read: Callable[[Path], object]

    @property
    def is_unpacked(self) -> bool:
        """Whether all contents are on this machine."""
        return all(path.is_file() for path in self.contents)

    @property
    def is_here(self) -> bool:
        """Whether no network is needed."""
        return self.is_unpacked or self.path.is_file()


@dataclass(frozen=True, slots=True)
class Job:
    """Archives whose contents are wanted, by way of `staging`, a new folder beside them.

    A server may be silent for `timeout` seconds, must send `fewest` bytes in `patience` seconds,
    and at most `most` bytes of one file.
    """

    label: str
    archives: tuple[Archive, ...]
    staging: Path
    timeout: float = 15.0
    patience: float = 60.0
    fewest: int = 600_000  # 10 kB a second: CIFAR-10 in five hours
    most: int = 1 << 30
