"""Files that are whole or not there: written under a name of their own, then put in place."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MARK = "????????????.part"  # twelve characters of its own for every part, of every process

# Far more than any write takes: an older part is a leftover of a process that was killed.
STALE_SECONDS = 60.0


def new_part(target: Path) -> Path:
    """Create an empty file beside `target` that nobody else writes to, and its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex[:12]}.part")
    part.touch(exist_ok=False)
    return part


@contextmanager
def replacing(target: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Lend a part to write to; it becomes `target` when the block ends well, else it is removed.

    With `lasting` the disk is waited for, so that the file is there also after the power fails.
    """
    part = new_part(target)
    try:
        yield part
        if lasting:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    if lasting:
        _sync_folder(target.parent)


def write_whole(file: Path, content: bytes | memoryview) -> None:
    """Write a file so that a reader finds all of it or none, also after the power fails."""
    with replacing(file) as part:
        part.write_bytes(content)


def remove_stale_parts(folder: Path) -> None:
    """Remove the parts that killed processes left in `folder`, where it can be written."""
    for part in folder.glob(f"*.{_MARK}"):
        if _is_stale(part):
            with suppress(OSError):  # a read-only folder works as well with the leftover in it
                part.unlink()


def _is_stale(part: Path) -> bool:
    try:
        # What is dated in the future is from before the clock was set back.
        return abs(time.time() - part.stat().st_mtime) > STALE_SECONDS
    except FileNotFoundError:  # put in place or removed since the folder was listed
        return True


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the system has a way to."""
    with suppress(OSError):  # Windows opens no folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
