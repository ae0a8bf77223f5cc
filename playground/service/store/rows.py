"""Rows: what the database says of a run, each row with the sum of its values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from playground.run.home import place_of
from playground.run.info import RunInfo, StoredRun, info_document, read_info, snapshot_document
from playground.run.ownership import claim_in
from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.store.database import EPOCH_SUM, RUN_SUM
from playground.service.store.documents import Kept, Row

_MOST_REVISIONS = 2**53  # a larger number was not written by us
_AT_ONCE = 500  # SQLite takes 999 values in one question


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose a run is, and what people say of it; `is_whole` says that this is what was written."""

    claim: int
    lease: str
    info: str
    revision: int
    is_whole: bool


def owned(connection: sqlite3.Connection, run_id: str) -> Owned | None:
    """Return whose a run is; None where it has no row."""
    row = connection.execute(
        f"SELECT claim, lease, info, revision, sum = {RUN_SUM} FROM runs WHERE id = ?", (run_id,)
    ).fetchone()
    return Owned(*row) if row else None


def info_in(row: Owned | Row | None, otherwise: RunInfo) -> RunInfo:
    """Return what a row says that people say of a run, where it is whole."""
    if row and row.is_whole:
        with suppress(ValueError):
            return read_info(json.loads(row.info))
    return otherwise


def save_run(
    connection: sqlite3.Connection,
    run: StoredRun,
    claim: int,
    lease: str,
    revision: int,
    first_epoch: int = 1,
) -> None:
    """Write the row of a run, and those of its epochs from `first_epoch` on.

    One that cannot be read gets a row without a document: who looks finds why in its folder.
    """
    run_id, snapshot = run.info.run_id, run.snapshot
    is_readable = snapshot.status is not RunStatus.UNREADABLE
    connection.execute(
        "INSERT INTO runs (id, claim, lease, info, revision, document) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET claim = excluded.claim, lease = excluded.lease, "
        "info = excluded.info, revision = excluded.revision, document = excluded.document",
        (
            run_id,
            claim,
            lease,
            _text(run.info),
            revision,
            json.dumps(snapshot_document(snapshot)) if is_readable else "",
        ),
    )
    _seal(connection, run_id)
    _save_epochs(connection, snapshot, first_epoch)


def save_kept(connection: sqlite3.Connection, kept: Kept, stamp: str, after: object = None) -> int:
    """Let the rows of a run be as its folder has it; return their revision.

    `after` is the revision before, which may be no number of ours.
    """
    run_id = kept.run.info.run_id
    revision = after + 1 if isinstance(after, int) and 0 <= after < _MOST_REVISIONS else 0
    claim = max(kept.claim, claim_in(place_of(run_id)))
    save_run(connection, kept.run, claim, kept.lease, revision)
    save_stamp(connection, run_id, stamp)
    return revision


def save_stamp(connection: sqlite3.Connection, run_id: str, stamp: str) -> None:
    """Write what the document of a run is like that its row knows of; no part of the row's sum."""
    connection.execute("UPDATE runs SET stamp = ? WHERE id = ?", (stamp, run_id))


def save_claim(connection: sqlite3.Connection, run_id: str, claim: int, lease: str) -> None:
    """Write whose a run is."""
    connection.execute("UPDATE runs SET claim = ?, lease = ? WHERE id = ?", (claim, lease, run_id))
    _seal(connection, run_id)


def save_info(connection: sqlite3.Connection, info: RunInfo) -> None:
    """Write what people say of a run."""
    connection.execute(
        "UPDATE runs SET info = ?, revision = revision + 1 WHERE id = ?",
        (_text(info), info.run_id),
    )
    _seal(connection, info.run_id)


def _text(info: RunInfo) -> str:
    return json.dumps(info_document(info))


def _seal(connection: sqlite3.Connection, run_id: str) -> None:
    connection.execute(f"UPDATE runs SET sum = {RUN_SUM} WHERE id = ?", (run_id,))


def _save_epochs(connection: sqlite3.Connection, snapshot: RunSnapshot, first: int) -> None:
    run_id = snapshot.run_id
    connection.execute("DELETE FROM epochs WHERE run = ? AND epoch >= ?", (run_id, first))
    connection.executemany(
        "INSERT INTO epochs VALUES (?, ?, ?, 0)",
        [
            (run_id, record.epoch, json.dumps(record.numbers()))
            for record in snapshot.epochs
            if record.epoch >= first
        ],
    )
    connection.execute(
        f"UPDATE epochs SET sum = {EPOCH_SUM} WHERE run = ? AND epoch >= ?", (run_id, first)
    )


def read_rows(connection: sqlite3.Connection, run_ids: Sequence[str]) -> list[Row]:
    """Return the rows of these runs, their epochs in order."""
    rows = []
    for start in range(0, len(run_ids), _AT_ONCE):
        some = run_ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        epochs: dict[str, list[str]] = {run_id: [] for run_id in some}
        damaged = set()
        for run_id, record, is_whole in connection.execute(
            f"SELECT run, record, sum = {EPOCH_SUM} FROM epochs "
            f"WHERE run IN ({marks}) ORDER BY run, epoch",
            some,
        ):
            epochs[run_id].append(record)
            if not is_whole:
                damaged.add(run_id)
        rows += [
            Row(
                run_id,
                revision,
                info,
                document,
                bool(is_whole) and run_id not in damaged,
                tuple(epochs[run_id]),
            )
            for run_id, revision, info, document, is_whole in connection.execute(
                f"SELECT id, revision, info, document, sum = {RUN_SUM} FROM runs "
                f"WHERE id IN ({marks})",
                some,
            )
        ]
    return rows
