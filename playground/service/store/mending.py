"""Mending: rows of the database that are missing, damaged or old become what the folders say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from playground.run.home import is_run_id
from playground.run.info import StoredRun
from playground.run.snapshot import RunStatus
from playground.service.store.database import transaction
from playground.service.store.documents import Row
from playground.service.store.folders import Folders
from playground.service.store.rows import info_in, save_kept, save_stamp


@dataclass(frozen=True, slots=True)
class Noted:
    """What a row notes beside the run itself; a stranger may have written anything."""

    run_id: Any
    revision: Any
    lease: Any
    stamp: Any


def add_missing(connection: sqlite3.Connection, folders: Folders) -> int:
    """Give rows to the runs that have a folder and none, each by itself; return how many."""
    known = {run_id for (run_id,) in connection.execute("SELECT id FROM runs")}
    missing = folders.runs(known)
    for kept in missing:
        with transaction(connection):
            save_kept(connection, kept, folders.stamp(kept.run.info.run_id))
    return len(missing)


def as_in_folder(
    connection: sqlite3.Connection,
    folders: Folders,
    is_alive: Callable[[str], bool],
    row: Noted,
) -> Noted:
    """Let a row be as its run's document where that has changed without it; return what it notes.

    So it has where somebody has put an old database back, or other folders.
    """
    if not (isinstance(row.run_id, str) and is_run_id(row.run_id)):
        return row
    stamp = folders.stamp(row.run_id)
    # Whoever has a run under way may just be writing both.
    if stamp in ("", row.stamp) or is_alive(str(row.lease)):
        return row
    kept = folders.read(row.run_id)
    with transaction(connection):
        if kept is None or kept.is_damaged:
            save_stamp(connection, row.run_id, stamp)
            return row
        revision = save_kept(connection, kept, stamp, row.revision)
    return replace(row, revision=revision, lease=kept.lease)


def mend(connection: sqlite3.Connection, folders: Folders, row: Row) -> StoredRun | None:
    """Return the run of a damaged row from its folder; None where there is none."""
    if not (isinstance(row.run_id, str) and is_run_id(row.run_id)):
        return None  # what is no id is no run
    stamp, kept = folders.stamp(row.run_id), folders.read(row.run_id)
    if kept is None:
        return None
    if kept.run.snapshot.status is RunStatus.UNREADABLE:
        return replace(kept.run, info=info_in(row, otherwise=kept.run.info))
    with transaction(connection):
        save_kept(connection, kept, stamp, row.revision)
    return kept.run
