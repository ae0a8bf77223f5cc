"""The SQLite file of the runs: opened, migrated, and put aside where it is damaged."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground.errors import StoreUnavailable

# Each entry brings the schema from its index to the next; `user_version` says how many are done.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        created_at REAL NOT NULL,
        deleted_at REAL,
        fence INTEGER NOT NULL DEFAULT 0,
        lease TEXT NOT NULL DEFAULT '',
        document TEXT NOT NULL
    );
    CREATE TABLE epochs (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (run, epoch)
    ) WITHOUT ROWID;
    CREATE INDEX runs_by_time ON runs (created_at);
    """,
    # What people say of a run is written by whoever they say it to, the rest by whoever trains it.
    """
    ALTER TABLE runs ADD COLUMN info TEXT NOT NULL DEFAULT '{}';
    UPDATE runs SET info = json_extract(document, '$.info');
    ALTER TABLE runs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
    """,
)


def open_database(file: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open the database, making or migrating it; return it and the damaged file put aside, if any.

    A file that is no whole database is renamed, never deleted. Raises `StoreUnavailable` where
    the folder cannot be written, the file is locked, or a newer version has made it.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _open(file), None
    except sqlite3.DatabaseError as error:
        if not _is_damaged(error):
            raise unavailable(file, error) from None
    except OSError as error:
        raise unavailable(file, error) from None
    aside = _put_aside(file)
    try:
        return _open(file), aside
    except (sqlite3.Error, OSError) as error:
        raise unavailable(file, error) from None


def unavailable(file: Path, error: Exception) -> StoreUnavailable:
    """Return the error for a database that cannot be used now, in words."""
    reason = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    return StoreUnavailable(
        f"Runs are not being stored: {file} cannot be used ({reason}). They go on in memory, and "
        "are lost when the server ends."
    )


def _open(file: Path) -> sqlite3.Connection:
    # One connection for all threads, each of whose uses the store guards with its lock.
    connection = sqlite3.connect(file, timeout=5.0, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise StoreUnavailable(
                f"Runs are not being stored: {file} was made by a newer version of the playground "
                f"(schema {version}, this one knows {len(MIGRATIONS)}). Update the playground, or "
                "set PLAYGROUND_HOME to another folder."
            )
        check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if check != "ok":
            raise sqlite3.DatabaseError(f"malformed: {check}")
        # Readers never wait for the writer. Not possible on some network drives: then as before.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        with transaction(connection):
            for statement in script.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do what the block does wholly or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    text = str(error)
    return any(sign in text for sign in ("malformed", "not a database", "corrupt"))


def _put_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
