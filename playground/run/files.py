"""Files of the store: written wholly or not at all, counted, and cleared of leftovers."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

_STALE_SECONDS = 60.0


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or none, also after the power fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise


def remove_leftovers(folder: Path, name: str) -> None:
    """Remove what killed processes left of writing files called `name` below `folder`."""
    for leftover in folder.glob(f"*/.{name}.*"):
        with suppress(OSError):  # a read-only folder works as well with the leftover in it
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                leftover.unlink()


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below `folder`, those with two names counted once."""
    sizes: dict[tuple[int, int], int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # deleted while we were counting
                found = (Path(root) / name).stat()
                sizes[found.st_dev, found.st_ino or id(found)] = found.st_size
    return sum(sizes.values())
