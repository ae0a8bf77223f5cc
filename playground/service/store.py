"""RunStore: every run and its epochs on disk, in one SQLite file and a document per run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import RLock
from time import time

from playground.errors import PlaygroundError, UnknownRun
from playground.home import home, run_folder
from playground.protocol import Message
from playground.service.database import open_database, transaction, unavailable
from playground.service.run_info import RunInfo, StoredRun, from_document, to_document
from playground.service.snapshot import RunSnapshot

_DOCUMENT = "run.json"


class RunStore:
    """The runs on disk. Every method raises `StoreUnavailable` where the disk does not let it.

    The database is what is asked; each run's folder has the same as `run.json`, from which a
    database that was damaged is made again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or home() / "playground.db"
        self.damaged: Path | None = None  # a file put aside when this one was opened
        self.lease = new_lease()
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None

    def create(self, info: RunInfo, snapshot: RunSnapshot) -> None:
        """Add a run, held by this process's lease."""
        with self._write() as connection:
            connection.execute(
                "INSERT INTO runs (id, created_at, fence, lease, document) VALUES (?, ?, 1, ?, ?)",
                (info.run_id, info.created_at, self.lease, _head(info, snapshot)),
            )
        self._write_document(info, snapshot)

    def save(self, info: RunInfo, snapshot: RunSnapshot, first_new_epoch: int = 1) -> bool:
        """Store a run's present state, its epochs from `first_new_epoch` on replacing those there.

        Returns False, changing nothing, where another process has taken the run over.
        """
        with self._write() as connection:
            cursor = connection.execute(
                "UPDATE runs SET document = ? WHERE id = ? AND lease = ?",
                (_head(info, snapshot), info.run_id, self.lease),
            )
            if not cursor.rowcount:
                return False
            connection.execute(
                "DELETE FROM epochs WHERE run = ? AND epoch >= ?", (info.run_id, first_new_epoch)
            )
            connection.executemany(
                "INSERT INTO epochs VALUES (?, ?, ?)",
                [
                    (info.run_id, record.epoch, json.dumps(record.numbers()))
                    for record in snapshot.epochs
                    if record.epoch >= first_new_epoch
                ],
            )
        self._write_document(info, snapshot)
        return True

    def load(self, run_id: str) -> StoredRun:
        """Return a run; raises `UnknownRun`."""
        runs = self._select("WHERE id = ?", run_id)
        if not runs:
            raise UnknownRun(
                "This run is not known here: it may have been deleted, or belong to another "
                "server. Press Train to start a new one."
            )
        return runs[0]

    def runs(self) -> list[StoredRun]:
        """Return all runs that are not deleted, the newest first."""
        return self._select("WHERE deleted_at IS NULL ORDER BY created_at DESC")

    def holder(self, run_id: str) -> str:
        """Return the lease that holds a run, "" where none does."""
        with self._read() as connection:
            row = connection.execute("SELECT lease FROM runs WHERE id = ?", (run_id,)).fetchone()
        return row[0] if row else ""

    def claim(self, run_id: str) -> int | None:
        """Take a run over for this process and return its new fence; None while another lives.

        A worker writes only under the fence it was started with, so that one that was believed
        dead cannot overwrite what its successor does.
        """
        with self._write() as connection:
            row = connection.execute(
                "SELECT lease, fence FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is None or (row[0] != self.lease and is_alive(row[0])):
                return None
            fence = row[1] + 1
            connection.execute(
                "UPDATE runs SET lease = ?, fence = ? WHERE id = ?", (self.lease, fence, run_id)
            )
        return int(fence)

    def release(self, run_id: str) -> None:
        """Let a run go, so that another process may take it over."""
        with self._write() as connection:
            connection.execute(
                "UPDATE runs SET lease = '' WHERE id = ? AND lease = ?", (run_id, self.lease)
            )

    def change(self, run_id: str, **fields: object) -> RunInfo:
        """Change what people say of a run: `name`, `is_starred`, `deleted_at`."""
        stored = self.load(run_id)
        info = replace(stored.info, **fields)  # type: ignore[arg-type]
        with self._write() as connection:
            connection.execute(
                "UPDATE runs SET deleted_at = ?, document = ? WHERE id = ?",
                (info.deleted_at, _head(info, stored.snapshot), run_id),
            )
        self._write_document(info, stored.snapshot)
        return info

    def erase(self, run_id: str) -> None:
        """Remove a run for good, its folder with it."""
        with self._write() as connection:
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        shutil.rmtree(run_folder(run_id), ignore_errors=True)

    def bytes_used(self, run_id: str) -> int:
        """Return how much disk a run's folder takes."""
        return folder_bytes(run_folder(run_id))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _select(self, condition: str, *values: object) -> list[StoredRun]:
        with self._read() as connection:
            heads = connection.execute(
                f"SELECT id, document FROM runs {condition}", values
            ).fetchall()
            found = []
            for run_id, head in heads:
                epochs = connection.execute(
                    "SELECT record FROM epochs WHERE run = ? ORDER BY epoch", (run_id,)
                ).fetchall()
                document = {**json.loads(head), "epochs": [json.loads(row[0]) for row in epochs]}
                found.append(document)
        return list(_readable(found))

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._read() as connection, transaction(connection):
            yield connection

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._open()
            except (sqlite3.Error, OSError) as error:
                # A damaged file shows at any moment: opened anew next time, and then put aside.
                self.close()
                raise unavailable(self.file, error) from None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection, aside = open_database(self.file)
            if aside:
                self.damaged = aside
                self._restore(self._connection)
        return self._connection

    def _restore(self, connection: sqlite3.Connection) -> None:
        """Fill a new database from the documents in the runs' folders."""
        documents = []
        for file in sorted((self.file.parent / "runs").glob(f"*/{_DOCUMENT}")):
            try:
                documents.append(json.loads(file.read_bytes()))
            except (OSError, ValueError):
                continue
        with transaction(connection):
            for run in _readable(documents):
                connection.execute(
                    "INSERT INTO runs (id, created_at, deleted_at, document) VALUES (?, ?, ?, ?)",
                    (
                        run.info.run_id,
                        run.info.created_at,
                        run.info.deleted_at,
                        _head(run.info, run.snapshot),
                    ),
                )
                connection.executemany(
                    "INSERT INTO epochs VALUES (?, ?, ?)",
                    [
                        (run.info.run_id, record.epoch, json.dumps(record.numbers()))
                        for record in run.snapshot.epochs
                    ],
                )

    def _write_document(self, info: RunInfo, snapshot: RunSnapshot) -> None:
        file = run_folder(info.run_id) / _DOCUMENT
        try:
            write_whole(file, json.dumps(to_document(info, snapshot)).encode())
        except OSError as error:
            raise unavailable(file, error) from None


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or none, also after the power fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise


def new_lease() -> str:
    """Return a name for this process that no other has: machine, process, chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_alive(lease: str) -> bool:
    """Whether the process that a lease names still runs, as far as can be told from here.

    On another machine that cannot be told: it is believed alive.
    """
    machine, _, rest = lease.rpartition(":")[0].rpartition(":")
    if not lease or not rest.isdigit():
        return False
    if machine != socket.gethostname():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue  # deleted while we were counting
    return total


def created_now(run_id: str, **fields: object) -> RunInfo:
    """Return the info of a run that begins now."""
    return RunInfo(run_id=run_id, created_at=time(), **fields)  # type: ignore[arg-type]


def _head(info: RunInfo, snapshot: RunSnapshot) -> str:
    """Return the document without its epochs, which have a table of their own."""
    return json.dumps({**to_document(info, snapshot), "epochs": []})


def _readable(documents: list[Message]) -> Iterator[StoredRun]:
    for document in documents:
        try:
            yield from_document(document)
        except (KeyError, TypeError, ValueError, PlaygroundError):
            continue  # of another version, or damaged by hand: the other runs are shown
