"""Documents: a run as JSON, as a row of the database and as `run.json` in its folder."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from playground.errors import UnreadableRun, shorten
from playground.run.folder import RunFolder
from playground.run.home import run_folder
from playground.run.info import (
    RunInfo,
    StoredRun,
    info_document,
    read_info,
    read_snapshot,
    snapshot_document,
)
from playground.run.part_files import write_whole
from playground.run.protocol import Message, decode
from playground.run.snapshot import RunSnapshot

_LARGEST = 100_000_000  # bytes; a run of a thousand epochs takes less than one

# A document begins with the sum of what follows; without one, as of former versions and of people
# who mend it, it is taken as it is.
_SUM = re.compile(rb'\{"sum": (\d{1,10}), ')

DAMAGED = (OSError, KeyError, TypeError, ValueError, RecursionError, OverflowError)


class Misplaced(ValueError):
    """A document that lies in the folder of another run."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A run, and which process owns it: its claim and its lease (see `ownership`).

    `is_damaged` says that this is not what its folder should say.
    """

    run: StoredRun
    claim: int = 0
    lease: str = ""
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A run as the database has it; `info`, `document` and `epochs` are JSON.

    `is_whole` says that these are the values that were written.
    """

    run_id: str
    revision: int
    info: str
    document: str
    is_whole: bool
    epochs: tuple[str, ...] = ()


def read_row(row: Row) -> StoredRun | None:
    """Return the run of a row; None where it is damaged."""
    if not row.is_whole:
        return None
    try:
        epochs = json.loads(f"[{','.join(row.epochs)}]")
        info = read_info(json.loads(row.info))
        if info.run_id != row.run_id:
            return None
        return StoredRun(
            info, read_snapshot(row.run_id, decode(row.document), epochs, row.revision)
        )
    except DAMAGED:
        return None


def write_document(info: RunInfo, snapshot: RunSnapshot, claim: int, lease: str) -> None:
    """Write a run's `run.json`; raises `OSError`."""
    _write(
        info.run_id,
        {
            "info": info_document(info),
            "claim": claim,
            "lease": lease,
            **snapshot_document(snapshot),
            "epochs": [record.numbers() for record in snapshot.epochs],
        },
    )


def write_info(info: RunInfo) -> None:
    """Change what people say of a run in its `run.json`, and nothing else; raises `OSError`."""
    try:
        fields = _fields(run_folder(info.run_id))
    except (*DAMAGED, UnreadableRun):
        return  # what cannot be read is left as it is
    _write(info.run_id, {**fields, "info": info_document(info)})


def read_document(folder: Path) -> Kept:
    """Return the run of a folder; raises one of `DAMAGED` where its document is damaged."""
    fields = _fields(folder)
    info = read_info(fields["info"])
    if info.run_id != folder.name:
        raise Misplaced(f"its run.json is that of the run {shorten(info.run_id)}")
    snapshot = read_snapshot(info.run_id, fields, fields["epochs"])
    claim, lease = int(fields.get("claim", 0)), str(fields.get("lease", ""))
    return Kept(StoredRun(info, snapshot), claim if 0 <= claim < 2**40 else 0, lease)


def _fields(folder: Path) -> Message:
    file = RunFolder(folder).document
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise ValueError("its run.json is no document")
    content = file.read_bytes()
    head = _SUM.match(content)
    if head and int(head[1]) != crc32(content[head.end() :]):
        raise ValueError("its run.json is not what was written")
    return decode(content)


def _write(run_id: str, fields: Message) -> None:
    text = json.dumps({name: value for name, value in fields.items() if name != "sum"})[1:]
    head = f'{{"sum": {crc32(text.encode())}, '
    write_whole(RunFolder.of(run_id).document, f"{head}{text}".encode())
