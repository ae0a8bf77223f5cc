"""Documents: a run as JSON, as a row of the database and as `run.json` in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.errors import PlaygroundError
from playground.run.files import remove_leftovers, write_whole
from playground.run.home import run_folder
from playground.run.info import (
    RunInfo,
    StoredRun,
    info_document,
    read_info,
    read_snapshot,
    snapshot_document,
)
from playground.run.protocol import Message
from playground.run.snapshot import RunSnapshot

_DOCUMENT = "run.json"

_UNREADABLE = (KeyError, TypeError, ValueError, PlaygroundError)


@dataclass(frozen=True, slots=True)
class Row:
    """A run as the database has it: all but the first two are JSON."""

    run_id: str
    revision: int
    info: str
    document: str
    epochs: tuple[str, ...]


def read_row(row: Row) -> StoredRun | None:
    """Return the run of a row; None for one of another version, which hides no other run."""
    try:
        epochs = json.loads(f"[{','.join(row.epochs)}]")
        snapshot = read_snapshot(row.run_id, json.loads(row.document), epochs, row.revision)
        return StoredRun(read_info(json.loads(row.info)), snapshot)
    except _UNREADABLE:
        return None


def write_document(info: RunInfo, snapshot: RunSnapshot, claim: int) -> None:
    """Write a run's `run.json`; raises `OSError`."""
    document = {
        "info": info_document(info),
        "claim": claim,
        **snapshot_document(snapshot),
        "epochs": [record.numbers() for record in snapshot.epochs],
    }
    write_whole(run_folder(info.run_id) / _DOCUMENT, json.dumps(document).encode())


def read_documents(home: Path) -> Iterator[tuple[StoredRun, int]]:
    """Yield every run that has a readable `run.json`, and the claim under which it was written."""
    for file in sorted((home / "runs").glob(f"*/{_DOCUMENT}")):
        try:
            fields: Message = json.loads(file.read_bytes())
            info = read_info(fields["info"])
            snapshot = read_snapshot(info.run_id, fields, fields["epochs"])
            yield StoredRun(info, snapshot), int(fields.get("claim", 0))
        except (OSError, *_UNREADABLE):
            continue  # of another version, or damaged by hand: the other runs are found


def remove_part_documents(home: Path) -> None:
    """Remove what killed processes left of writing documents."""
    remove_leftovers(home / "runs", _DOCUMENT)
