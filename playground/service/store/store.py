"""RunStore: every run and its epochs on disk, in one SQLite file and a document per run."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from threading import RLock

from playground.errors import UnknownRun
from playground.run.files import folder_bytes
from playground.run.home import home, run_folder
from playground.run.info import (
    RunInfo,
    StoredRun,
    info_document,
    read_info,
    snapshot_document,
)
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store.database import open_database, transaction, unavailable
from playground.service.store.documents import (
    Row,
    read_documents,
    read_row,
    remove_part_documents,
    write_document,
)
from playground.service.store.fences import claim_in
from playground.service.store.lease import Lease, is_alive, lease_folder

# A run of 50 epochs takes about 40 kB in memory, and half a millisecond to read anew.
_KEPT_IN_MEMORY = 500
_AT_ONCE = 500  # SQLite takes 999 values in one question

CUT_OFF = "The server ended while this run was under way. Resume goes on from its last epoch."


class RunStore:
    """The runs on disk. Every method raises `StoreUnavailable` where the disk does not let it.

    The database is what is asked; each run's folder has the same as `run.json`, from which a
    database that was damaged is made again. A run belongs to the process that claimed it last,
    for as long as that one lives and the run is not over.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or home() / "playground.db"
        self.damaged: Path | None = None  # a file put aside when this one was opened
        self.lease = Lease(lease_folder(self.file.parent))
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._read_before: OrderedDict[str, tuple[int, StoredRun]] = OrderedDict()

    def save(
        self,
        info: RunInfo,
        snapshot: RunSnapshot,
        claim: int = 1,
        first_new_epoch: int = 1,
        *,
        with_document: bool = True,
    ) -> RunInfo | None:
        """Store a run as it is now, its epochs from `first_new_epoch` on replacing those there.

        A run that is new is added with `info`; of one that is known, what people say of it stays,
        and is returned. Returns None, changing nothing, where another process has claimed it.
        """
        run_id = info.run_id
        with self._write() as connection:
            row = connection.execute(
                "SELECT fence, info, revision FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is None:
                connection.execute(
                    "INSERT INTO runs (id, created_at, deleted_at, fence, info, document) "
                    "VALUES (?, ?, ?, ?, ?, '')",
                    (run_id, info.created_at, info.deleted_at, claim, _text(info)),
                )
                first_new_epoch, before = 1, -1
            elif row[0] != claim:
                return None
            else:
                info, before = read_info(json.loads(row[1])), row[2]
            revision = max(before + 1, snapshot.version)
            connection.execute(
                "UPDATE runs SET document = ?, lease = ?, revision = ? WHERE id = ?",
                (
                    json.dumps(snapshot_document(snapshot)),
                    "" if snapshot.status.is_over else self.lease.name,
                    revision,
                    run_id,
                ),
            )
            self._save_epochs(connection, snapshot, first_new_epoch)
        self._remember(run_id, revision, StoredRun(info, replace(snapshot, version=revision)))
        if with_document:
            self._write_document(info, snapshot, claim)
        return info

    def load(self, run_id: str) -> StoredRun:
        """Return a run; raises `UnknownRun`. One whose process is gone shows as interrupted."""
        found = self._select("WHERE id = ?", run_id)
        if not found:
            raise _unknown()
        return found[0]

    def runs(self) -> list[StoredRun]:
        """Return all runs that are not deleted, the newest first."""
        return self._select("WHERE deleted_at IS NULL ORDER BY created_at DESC")

    def claim(self, run_id: str) -> int | None:
        """Take a run over for this process; return the number of the claim, None where it may not.

        It may not where another process that lives has it under way. Raises `UnknownRun`.
        """
        with self._write() as connection:
            row = connection.execute(
                "SELECT lease, fence FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is None:
                raise _unknown()
            if row[0] != self.lease.name and self._is_alive(row[0]):
                return None
            # The folder knows more than a database that was made again.
            claim: int = max(row[1], claim_in(run_folder(run_id))) + 1
            connection.execute(
                "UPDATE runs SET lease = ?, fence = ? WHERE id = ?",
                (self.lease.name, claim, run_id),
            )
        return claim

    def change(self, run_id: str, **fields: object) -> RunInfo:
        """Change what people say of a run: `name`, `is_starred`, `deleted_at`."""
        stored = self.load(run_id)
        with self._write() as connection:
            text, claim = connection.execute(
                "SELECT info, fence FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            info = replace(read_info(json.loads(text)), **fields)  # type: ignore[arg-type]
            connection.execute(
                "UPDATE runs SET deleted_at = ?, info = ?, revision = revision + 1 WHERE id = ?",
                (info.deleted_at, _text(info), run_id),
            )
        if stored.snapshot.status.is_over:  # else whoever trains it writes its document
            self._write_document(info, stored.snapshot, claim)
        return info

    def erase(self, run_id: str) -> None:
        """Remove a run for good, its folder with it."""
        with self._write() as connection:
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        self._read_before.pop(run_id, None)
        rmtree(run_folder(run_id), ignore_errors=True)

    def tidy(self, deleted_before: float) -> None:
        """Erase the runs deleted before that time, and what killed processes left unfinished."""
        with self._read() as connection:
            deleted = connection.execute(
                "SELECT id FROM runs WHERE deleted_at < ?", (deleted_before,)
            ).fetchall()
        for (run_id,) in deleted:
            self.erase(run_id)
        remove_part_documents(self.file.parent)

    def bytes_used(self, run_id: str) -> int:
        """Return how much disk a run's folder takes."""
        return folder_bytes(run_folder(run_id))

    def bytes_in_all(self) -> int:
        """Return how much disk all runs take, deleted ones and the database included."""
        database = self.file.parent.glob(f"{self.file.name}*")
        return folder_bytes(self.file.parent / "runs") + sum(
            file.stat().st_size for file in database if file.is_file()
        )

    def close(self) -> None:
        """Close the file, and let go of all that this process holds."""
        with self._lock:
            self._disconnect()
            self.lease.release()

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _select(self, condition: str, *values: object) -> list[StoredRun]:
        with self._read() as connection:
            known = connection.execute(
                f"SELECT id, revision, lease FROM runs {condition}", values
            ).fetchall()
            unread = [run_id for run_id, revision, _ in known if not self._knows(run_id, revision)]
            rows = _read_rows(connection, unread)
        runs: dict[str, StoredRun] = {}
        for row in rows:
            if run := read_row(row):
                runs[row.run_id] = run
                self._remember(row.run_id, row.revision, run)
        found = []
        for run_id, _, lease in known:
            kept = self._read_before.get(run_id)
            run = runs.get(run_id) or (kept[1] if kept and run_id not in unread else None)
            if run:
                found.append(self._as_it_is(run, lease))
        return found

    def _as_it_is(self, run: StoredRun, lease: str) -> StoredRun:
        if run.snapshot.status.is_over or self._is_alive(lease):
            return run
        interrupted = replace(
            run.snapshot, status=RunStatus.INTERRUPTED, message=CUT_OFF, place=0, preparation=None
        )
        return StoredRun(run.info, interrupted)

    def _is_alive(self, lease: str) -> bool:
        return is_alive(lease_folder(self.file.parent), lease)

    def _knows(self, run_id: str, revision: int) -> bool:
        kept = self._read_before.get(run_id)
        return kept is not None and kept[0] == revision

    def _remember(self, run_id: str, revision: int, run: StoredRun) -> None:
        with self._lock:
            self._read_before[run_id] = (revision, run)
            self._read_before.move_to_end(run_id)
            while len(self._read_before) > _KEPT_IN_MEMORY:
                self._read_before.popitem(last=False)

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
                self._disconnect()
                raise unavailable(self.file, error) from None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection, aside = open_database(self.file)
            self.lease.take()
            if aside:
                self.damaged = aside
                self._restore(self._connection)
        return self._connection

    def _restore(self, connection: sqlite3.Connection) -> None:
        """Fill a new database from the documents in the runs' folders."""
        with transaction(connection):
            for run, claim in read_documents(self.file.parent):
                connection.execute(
                    "INSERT INTO runs (id, created_at, deleted_at, fence, info, document) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        run.info.run_id,
                        run.info.created_at,
                        run.info.deleted_at,
                        claim,
                        _text(run.info),
                        json.dumps(snapshot_document(run.snapshot)),
                    ),
                )
                self._save_epochs(connection, run.snapshot, 1)

    def _save_epochs(
        self, connection: sqlite3.Connection, snapshot: RunSnapshot, first: int
    ) -> None:
        connection.execute(
            "DELETE FROM epochs WHERE run = ? AND epoch >= ?", (snapshot.run_id, first)
        )
        connection.executemany(
            "INSERT INTO epochs VALUES (?, ?, ?)",
            [
                (snapshot.run_id, record.epoch, json.dumps(record.numbers()))
                for record in snapshot.epochs
                if record.epoch >= first
            ],
        )

    def _write_document(self, info: RunInfo, snapshot: RunSnapshot, claim: int) -> None:
        try:
            write_document(info, snapshot, claim)
        except OSError as error:
            raise unavailable(run_folder(info.run_id), error) from None


def _read_rows(connection: sqlite3.Connection, run_ids: Sequence[str]) -> list[Row]:
    rows = []
    for start in range(0, len(run_ids), _AT_ONCE):
        some = run_ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        epochs: dict[str, list[str]] = {run_id: [] for run_id in some}
        for run_id, record in connection.execute(
            f"SELECT run, record FROM epochs WHERE run IN ({marks}) ORDER BY run, epoch", some
        ):
            epochs[run_id].append(record)
        rows += [
            Row(run_id, revision, info, document, tuple(epochs[run_id]))
            for run_id, revision, info, document in connection.execute(
                f"SELECT id, revision, info, document FROM runs WHERE id IN ({marks})", some
            )
        ]
    return rows


def _unknown() -> UnknownRun:
    return UnknownRun(
        "This run is not known here: it may have been deleted, or belong to another server. Press "
        "Train to start a new one."
    )


def _text(info: RunInfo) -> str:
    return json.dumps(info_document(info))
