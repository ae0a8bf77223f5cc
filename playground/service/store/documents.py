"""Documents: a run as JSON, as a row of the database and as `run.json` in its folder."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.errors import PlaygroundError, shorten
from playground.run.home import run_folder
from playground.run.info import (
    RunInfo,
    StoredRun,
    info_document,
    read_info,
    read_snapshot,
    snapshot_document,
    unreadable,
)
from playground.run.part_files import write_whole
from playground.run.protocol import Message, decode
from playground.run.snapshot import RunSnapshot

ERASED = ".erased"  # at the end of the name of a folder that is being removed

_DOCUMENT = "run.json"
_LARGEST = 100_000_000  # bytes; a run of a thousand epochs takes less than one

_DAMAGED = (OSError, KeyError, TypeError, ValueError, RecursionError, OverflowError)


class _Misplaced(ValueError):
    """A document that lies in the folder of another run."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A run, and which process owns it: its claim and its lease (see `ownership`)."""

    run: StoredRun
    claim: int = 0
    lease: str = ""


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
    except _DAMAGED:
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
    except _DAMAGED:
        return  # what cannot be read is left as it is
    _write(info.run_id, {**fields, "info": info_document(info)})


def read_document(folder: Path) -> Kept:
    """Return the run of a folder; raises one of `_DAMAGED` where its document is damaged."""
    fields = _fields(folder)
    info = read_info(fields["info"])
    if info.run_id != folder.name:
        raise _Misplaced(f"its {_DOCUMENT} is that of the run {shorten(info.run_id)}")
    snapshot = read_snapshot(info.run_id, fields, fields["epochs"])
    claim, lease = int(fields.get("claim", 0)), str(fields.get("lease", ""))
    return Kept(StoredRun(info, snapshot), claim if 0 <= claim < 2**40 else 0, lease)


def folders(home: Path, known: Collection[str] = ()) -> Iterator[Path]:
    """Yield the folders, but for those `known`, in which runs have left something."""
    try:
        found = sorted((home / "runs").iterdir())
    except OSError:
        return
    for folder in found:
        is_new = folder.name not in known and not folder.name.endswith(ERASED)
        if is_new and any((folder / name).exists() for name in (_DOCUMENT, "checkpoint.pt")):
            yield folder


def stamp_of(folder: Path) -> tuple[int, int]:
    """Return what changes with the document of a folder."""
    try:
        found = (folder / _DOCUMENT).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def read_folder(folder: Path) -> Kept | None:
    """Return the run of a folder, "unreadable" where its document is damaged.

    None where not even its name is that of a run, such as that of a copy.
    """
    try:
        return read_document(folder)
    except _DAMAGED as error:
        why = error if isinstance(error, _Misplaced) else f"its {_DOCUMENT} cannot be read"
        logging.getLogger(__name__).info("%s: %s", folder, error)
    try:
        run_folder(folder.name)
        created_at = min(max(folder.stat().st_mtime, 0.0), 7e9)
    except (PlaygroundError, OSError):
        return None
    problem = f"The folder {folder} is damaged: {why}. Mend it, or delete the run."
    return Kept(StoredRun(RunInfo(folder.name, created_at), unreadable(folder.name, problem)))


def _fields(folder: Path) -> Message:
    file = folder / _DOCUMENT
    found = file.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise ValueError(f"its {_DOCUMENT} is no document")
    return decode(file.read_bytes())


def _write(run_id: str, fields: Message) -> None:
    write_whole(run_folder(run_id) / _DOCUMENT, json.dumps(fields).encode())
