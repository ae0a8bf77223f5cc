"""Connection: the database as one process has it open, and opens anew when it is another file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from playground.run.files import inode_of
from playground.run.ownership import Lease
from playground.service.store import database


class Connection:
    """A connection to `file` for all threads, one at a time; it is made at the first use."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.damaged: Path | None = None  # a file put aside when this one was opened
        self.lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = (0, 0)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection to the block; raises `StoreUnavailable`."""
        with self.lock, told(self.file):
            try:
                yield self._open()
            except (sqlite3.Error, OSError):
                # A damaged file shows at any moment: opened anew next time, and then put aside.
                self.close()
                raise

    @contextmanager
    def writing(self, lease: Lease) -> Iterator[sqlite3.Connection]:
        """Let the block write, all of it or nothing, under a lease; raises `StoreUnavailable`."""
        with self.reading() as connection:
            lease.take()
            with database.transaction(connection):
                yield connection

    def close(self) -> None:
        """Close the file; the next use opens it anew."""
        with self.lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection and self._inode != inode_of(self.file):
            self.close()  # put aside by another process, or deleted
        if self._connection is None:
            with database.alone(self.file):
                self._connection, aside = database.open_database(self.file)
            self._inode = inode_of(self.file)
            self.damaged = aside or self.damaged
        return self._connection


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Raise what goes wrong with `path` in the block as `StoreUnavailable`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise database.unavailable(path, error) from None
