"""RunStore: every run and its epochs on disk, in one SQLite file and a document per run."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from playground.errors import StoreUnavailable, UnknownRun, UnreadableRun
from playground.run.home import home, is_run_id, place_of, run_folder
from playground.run.info import RunInfo, StoredRun, storable
from playground.run.ownership import Lease, claim_in, is_alive, lease_folder
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.run.stopping import ask_to_stop
from playground.service.store import database
from playground.service.store.connection import Connection, told
from playground.service.store.documents import read_row, write_document, write_info
from playground.service.store.folders import Folders
from playground.service.store.mending import Noted, add_missing, as_in_folder, mend
from playground.service.store.rows import (
    info_in,
    owned,
    read_rows,
    save_claim,
    save_info,
    save_run,
    save_stamp,
)

# A run of 50 epochs takes about 40 kB in memory, and half a millisecond to read anew.
_KEPT_IN_MEMORY = 500

CUT_OFF = "The server ended while this run was under way. Resume goes on from its last epoch."


class RunStore:
    """The runs on disk, in one database that is made again from the runs' folders when it must.

    What is read is found also where the database is not: then in the folders, and `trouble` says
    why. What is to be written raises `StoreUnavailable` where the disk does not let it. A run
    belongs to the process that claimed it last, for as long as that one lives and the run is not
    over.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file or home() / "playground.db"
        self.trouble = ""
        self.lease = Lease(lease_folder(self.file.parent))
        self._is_alive = partial(is_alive, lease_folder(self.file.parent))
        self._database = Connection(self.file)
        self._restored = 0
        self._folders = Folders(self.file.parent)
        self._read_before: OrderedDict[str, tuple[int, StoredRun]] = OrderedDict()

    @property
    def has_any(self) -> bool:
        """Whether there is something to read."""
        return self.file.exists() or self._folders.are_any

    @property
    def damaged(self) -> Path | None:
        """A file of the database that was damaged and is put aside."""
        return self._database.damaged

    @property
    def report(self) -> str:
        """What is wrong with the database and the folders, as sentences; mostly nothing."""
        parts = (self.trouble, database.told_of(self.damaged), self._folders.nameless)
        return " ".join(filter(None, parts))

    @property
    def news(self) -> str:
        """What was put right and needs nobody, as a sentence; mostly nothing."""
        lacked = "1 run" if self._restored == 1 else f"{self._restored} runs"
        told = f"{self.file} lacked {lacked}: read again from the runs' folders."
        return told if self._restored and not self.damaged else ""

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
        info, run_id = storable(info), info.run_id
        lease = "" if snapshot.status.is_over else self.lease.name
        with self._write() as connection:
            row = owned(connection, run_id)
            # One of a smaller claim is that of an old database which was put back.
            if row is None or not row.is_whole or row.claim < claim:
                if claim_in(run_folder(run_id)) > claim:
                    return None
                first_new_epoch, before = 1, -1
            elif row.claim != claim:
                return None
            else:
                info, before = info_in(row, otherwise=info), row.revision
                if before < self._read_before.get(run_id, (0,))[0]:
                    first_new_epoch = 1  # an old database was put back
            revision = max(before + 1, snapshot.version)
            run = StoredRun(info, replace(snapshot, version=revision))
            save_run(connection, run, claim, lease, revision, first_new_epoch)
        self._remember(revision, run)
        if with_document:
            with self._document_of(run_id):
                write_document(info, snapshot, claim, lease)
        return info

    def load(self, run_id: str) -> StoredRun:
        """Return a run; raises `UnknownRun`. One whose process is gone shows as interrupted."""
        if not is_run_id(run_id):
            raise _unknown()
        if found := self._find(run_id):
            return found[0]
        if self.trouble:
            raise StoreUnavailable(self.trouble)
        raise _unknown()

    def runs(self, *, deleted: bool = False) -> list[StoredRun]:
        """Return all runs, the newest first; those that are `deleted` only where asked for."""
        found = (run for run in self._find() if deleted or run.info.deleted_at is None)
        return sorted(found, key=lambda run: run.info.created_at, reverse=True)

    def claim(self, run_id: str) -> int | None:
        """Take a run over for this process; return the number of the claim, None where it may not.

        It may not where another process that lives has it under way. Raises `UnknownRun`, and
        `UnreadableRun` for one that cannot go on here.
        """
        snapshot = self.load(run_id).snapshot
        if snapshot.status is RunStatus.UNREADABLE:
            raise UnreadableRun(snapshot.message)
        with self._write() as connection:
            row = owned(connection, run_id)
            if row is None:
                raise _unknown()
            if row.lease != self.lease.name and self._is_alive(row.lease):
                return None
            # The folder knows more than a database that was made again.
            claim = max(row.claim, claim_in(run_folder(run_id))) + 1
            save_claim(connection, run_id, claim, self.lease.name)
        return claim

    def change(self, run_id: str, **fields: object) -> RunInfo:
        """Change what people say of a run: `name`, `is_starred`, `deleted_at`."""
        stored = self.load(run_id)
        with self._write() as connection:
            info = info_in(owned(connection, run_id), otherwise=stored.info)
            info = storable(replace(info, **fields))  # type: ignore[arg-type]
            save_info(connection, info)
        if stored.snapshot.status.is_over:  # else whoever trains it writes its document
            with self._document_of(run_id):
                write_info(info)
        return info

    def ask_to_stop(self, run_id: str) -> bool:
        """Ask the process that has a run under way to end it; False where none that lives has."""
        with self._database.reading() as connection:
            row = owned(connection, run_id)
        if row is None or not self._is_alive(row.lease):
            return False
        with told(run_folder(run_id)):
            ask_to_stop(run_folder(run_id), row.claim)
        return True

    def erase(self, run_id: str) -> None:
        """Remove a run for good, its folder with it."""
        folder = self._folders.erase(run_id)  # or somebody would find it without its row
        with self._write() as connection:
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        self._read_before.pop(run_id, None)
        self._folders.remove(folder)

    def tidy(self, deleted_before: float) -> None:
        """Erase the runs deleted before that time, and what killed processes left unfinished."""
        for run in self._find():
            deleted_at, is_over = run.info.deleted_at, run.snapshot.status.is_over
            if deleted_at is not None and deleted_at < deleted_before and is_over:
                self.erase(run.info.run_id)
        self._folders.sweep()

    def close(self) -> None:
        """Close the file, and let go of all that this process holds."""
        with self._database.lock:
            self._database.close()
            self.lease.release()

    def _find(self, run_id: str = "") -> list[StoredRun]:
        """Return the run of this id, or all; from the folders where the database cannot be used."""
        try:
            with self._database.reading() as connection:
                found = self._in_database(connection, run_id)
        except StoreUnavailable as error:
            self.trouble = str(error)
            found = [(kept.run, kept.lease) for kept in self._folders.runs()]
        else:
            self.trouble = ""
        return [
            self._as_it_is(run, lease) for run, lease in found if run_id in ("", run.info.run_id)
        ]

    def _in_database(
        self, connection: sqlite3.Connection, run_id: str
    ) -> list[tuple[StoredRun, str]]:
        condition, values = ("WHERE id = ?", (run_id,)) if run_id else ("", ())
        question = f"SELECT id, revision, lease, stamp FROM runs {condition}"
        rows = connection.execute(question, values).fetchall() if run_id else []
        if not rows:
            self._restored += add_missing(connection, self._folders)
            rows = connection.execute(question, values).fetchall()
        known = [
            as_in_folder(connection, self._folders, self._is_alive, Noted(*row)) for row in rows
        ]
        runs = {
            row.run_id: self._read_before[row.run_id][1]
            for row in known
            if self._read_before.get(row.run_id, (None,))[0] == row.revision
        }
        unread = [row.run_id for row in known if row.run_id not in runs]
        for row in read_rows(connection, unread):
            if run := read_row(row) or mend(connection, self._folders, row):
                runs[row.run_id] = run
                self._remember(row.revision, run)
        return [(runs[row.run_id], str(row.lease)) for row in known if row.run_id in runs]

    def _as_it_is(self, run: StoredRun, lease: str) -> StoredRun:
        if self._folders.is_link(run.info.run_id):
            kept = self._folders.read(run.info.run_id)
            return replace(kept.run, info=run.info) if kept else run
        if run.snapshot.status.is_over or self._is_alive(lease):
            return run
        interrupted = replace(
            run.snapshot, status=RunStatus.INTERRUPTED, message=CUT_OFF, place=0, preparation=None
        )
        return StoredRun(run.info, interrupted)

    def _remember(self, revision: int, run: StoredRun) -> None:
        with self._database.lock:
            self._read_before[run.info.run_id] = (revision, run)
            self._read_before.move_to_end(run.info.run_id)
            while len(self._read_before) > _KEPT_IN_MEMORY:
                self._read_before.popitem(last=False)

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._database.writing(self.lease)

    @contextmanager
    def _document_of(self, run_id: str) -> Iterator[None]:
        """Write the document of a run in the block: its row is told of it."""
        with told(place_of(run_id)):
            yield
        with self._write() as connection:
            save_stamp(connection, run_id, self._folders.stamp(run_id))


def _unknown() -> UnknownRun:
    return UnknownRun(
        "This run is not known here: it may have been deleted, or belong to another server. The "
        "Runs page, and the command python -m playground runs, list those that are here."
    )
