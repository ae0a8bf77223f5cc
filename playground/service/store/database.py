"""The SQLite file of the runs: opened, migrated, and put aside where it is damaged."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from zlib import crc32

from filelock import FileLock, Timeout

from playground.errors import StoreUnavailable
from playground.run.files import FULL, reason

# The sums of a row's values, as bytes: those which are no text any more then do no harm.
RUN_SUM = (
    "sum_of(CAST(id AS BLOB), CAST(claim AS BLOB), CAST(lease AS BLOB), CAST(info AS BLOB), "
    "CAST(revision AS BLOB), CAST(document AS BLOB))"
)
EPOCH_SUM = "sum_of(CAST(run AS BLOB), CAST(epoch AS BLOB), CAST(record AS BLOB))"

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
    # A disk may give back other bits than it was given: each row carries the sum of its values.
    # What `info` says is said once.
    f"""
    DROP INDEX runs_by_time;
    ALTER TABLE runs DROP COLUMN created_at;
    ALTER TABLE runs DROP COLUMN deleted_at;
    ALTER TABLE runs RENAME COLUMN fence TO claim;
    ALTER TABLE runs ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
    UPDATE runs SET sum = {RUN_SUM};
    ALTER TABLE epochs ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
    UPDATE epochs SET sum = {EPOCH_SUM};
    """,
    # What the run's document was like when the row was written: one that has changed since is newer
    # than the row, as after somebody has put an old database back.
    """
    ALTER TABLE runs ADD COLUMN stamp TEXT NOT NULL DEFAULT '';
    """,
)

# With the number of the schema it makes the `application_id`, so that a damaged number shows.
_MARK = 0x504C4100
_FIRST_MARKED = 3

# Another process may be making the file anew.
_LOCK_SECONDS = 30.0

# What is wrong with the moment or the disk, and not with the file.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_ABORT,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_LITTLE = 65_536  # bytes
_CUT_SHORT = sqlite3.SQLITE_IOERR_SHORT_READ


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep other processes from making or mending the database meanwhile; raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(file.with_name(f"{file.name}.lock"), timeout=_LOCK_SECONDS):
            yield
    except Timeout:
        raise OSError("another process has been opening it for too long") from None


def open_database(file: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open the database, making or migrating it; return it and the damaged file put aside, if any.

    A file that is no whole database is renamed, never deleted. To be called `alone`. Raises
    `StoreUnavailable` where a newer version has made it, `sqlite3.Error` and `OSError` where the
    folder cannot be written or the file is locked.
    """
    try:
        return _open(file), None
    except sqlite3.Error as error:
        if not _is_damaged(error, file):
            raise
    aside = _put_aside(file)
    return _open(file), aside


def told_of(aside: Path | None) -> str:
    """Return what there is to tell of a damaged file that was put aside; "" where none was."""
    if aside is None:
        return ""
    return (
        f"The file of the runs was damaged: it has been put aside as {aside}, and a new one was "
        "made from the runs' folders."
    )


def unavailable(file: Path, error: Exception) -> StoreUnavailable:
    """Return the error for a database that cannot be used now, in words."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if isinstance(error, OSError):
        why = reason(error)
    elif code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(file)):
        why = FULL
    else:
        why = str(error) or type(error).__name__
    return StoreUnavailable(
        f"Runs are not being stored: {file} cannot be used ({why}). They go on in memory, and "
        "are lost when the server ends."
    )


def _is_full(file: Path) -> bool:
    try:
        return disk_usage(file.parent).free < _LITTLE
    except OSError:
        return False


def _open(file: Path) -> sqlite3.Connection:
    # One connection for all threads, each of whose uses the store guards with its lock.
    connection = sqlite3.connect(file, timeout=5.0, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.create_function("sum_of", -1, _sum_of, deterministic=True)
        connection.text_factory = lambda text: text.decode(errors="replace")
        version = _schema(connection, file)
        check = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if check != "ok":
            raise sqlite3.DatabaseError(f"malformed: {check}")
        # Readers never wait for the writer. Not possible on some network drives: then as before.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, version)
        # A file whose damaged head says that it can only be read shows when it is written to.
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute(
            "SELECT id, claim, lease, info, revision, document, sum, stamp FROM runs LIMIT 0"
        )
        connection.execute("SELECT run, epoch, record, sum FROM epochs LIMIT 0")
    except BaseException:
        connection.close()
        raise
    return connection


def _schema(connection: sqlite3.Connection, file: Path) -> int:
    """Return the number of the schema; raises `StoreUnavailable` for a newer one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    mark: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark != (_MARK + version if version >= _FIRST_MARKED else 0):
        raise sqlite3.DatabaseError("malformed: the number of its schema")
    if version > len(MIGRATIONS):
        raise StoreUnavailable(
            f"Runs are not being stored: {file} was made by a newer version of the playground "
            f"(schema {version}, this one knows {len(MIGRATIONS)}). Update the playground, or "
            "set PLAYGROUND_HOME to another folder."
        )
    return version


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        with transaction(connection):
            for statement in script.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            if number >= _FIRST_MARKED:
                connection.execute(f"PRAGMA application_id = {_MARK + number}")


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


def _sum_of(*values: bytes | None) -> int:
    return crc32(repr(values).encode())


def _is_damaged(error: sqlite3.Error, file: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # said also of a file with a damaged head
        return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    return code == _CUT_SHORT or code & 0xFF not in _PASSING


def _put_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
