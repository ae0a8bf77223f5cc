"""A home with something of every kind in it, as old as a test wants it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from playground.run.home import home

KEYS = tuple(digit * 24 for digit in "abc")
MB = 1_000_000


def put(place: str, size: int, age: float = 0.0) -> Path:
    """Write a file of `size` bytes; it and its folder were looked at `age` seconds ago."""
    file = home() / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    moment = time.time() - age
    for path in (file, file.parent):
        os.utime(path, (moment, moment))
    return file


def bytes_by_walk(folder: Path) -> int:
    """Return the bytes of all files, each once, however many names it has."""
    found = [path.lstat() for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    return sum({(each.st_dev, each.st_ino): each.st_size for each in found}.values())
