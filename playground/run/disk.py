"""Disk: what lies under the home, counted by kind, and what of it can be made again."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from playground.run.home import datasets_folder, home

_HASH = re.compile(r"[0-9a-f]{24}")
_PART = re.compile(r".+\.[0-9a-f]{12}\.part")
_FETCHING = re.compile(r"\.fetching-[0-9a-f]{12}")
_DAMAGED = re.compile(r"playground\.db\.damaged-.+")
_IMPORT = re.compile(r"[0-9a-f]{32}")
_CACHE = re.compile(r"[a-z]+-v\d+\.npz")
_WEIGHTS = re.compile(r"(checkpoint.*\.pt.*|weights-\d+\.npz)")


class Kind(StrEnum):
    """What something is for, as people are told."""

    RUNS = "results of runs"
    WEIGHTS = "their weights"
    IMAGES = "prepared images"
    CACHES = "drawn images"
    OWN = "own data sets"
    DATASETS = "downloaded data sets"
    LEFTOVERS = "leftovers"
    REST = "index and log"


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder that can be made again, or is left over; `looked_at` in seconds since 1970.

    Nothing else of a home is an item: not a run, not a data set, not what is not ours.
    """

    path: Path
    kind: Kind
    size: int
    looked_at: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How many bytes lie under a home, by kind and by run; and its items, the longest unseen first.

    A file's bytes are those it has, not the blocks it takes; one with two names counts once.
    """

    kinds: Mapping[Kind, int]
    runs: Mapping[str, int]
    items: tuple[Item, ...]

    @property
    def total(self) -> int:
        """The bytes of all files."""
        return sum(self.kinds.values())

    @property
    def kept(self) -> int:
        """The bytes of what nobody but a person removes."""
        return self.total - sum(item.size for item in self.items)


def count(folder: Path | None = None) -> Usage:
    """Count what lies under a home; links are not followed, and what cannot be read is left out."""
    root = folder or home()
    datasets = _below(root, datasets_folder())
    kinds = dict.fromkeys(Kind, 0)
    runs: dict[str, int] = {}
    items: dict[Path, tuple[Kind, int, float]] = {}
    linked: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(root):
        inside = Path(place).relative_to(root).parts
        for name in names + folders:
            parts = (*inside, name)
            try:
                found = (Path(place) / name).lstat()
            except OSError:  # removed while we were counting
                continue
            is_folder = stat.S_ISDIR(found.st_mode)
            size = 0 if is_folder else found.st_size
            if found.st_nlink > 1 and not is_folder:
                inode = found.st_dev, found.st_ino
                size = 0 if inode in linked else size
                linked.add(inode)
            kind, depth = _place(parts, datasets)
            kinds[kind] += size
            if parts[0] == "runs" and kind in (Kind.RUNS, Kind.WEIGHTS) and len(parts) > 2:
                runs[parts[1]] = runs.get(parts[1], 0) + size
            if depth and not (stat.S_ISLNK(found.st_mode) and depth == len(parts)):
                item = root.joinpath(*parts[:depth])
                _, before, seen = items.get(item, (kind, 0, 0.0))
                items[item] = (kind, before + size, max(seen, found.st_mtime))
    found_items = (Item(path, *values) for path, values in items.items())
    return Usage(kinds, runs, tuple(sorted(found_items, key=lambda item: item.looked_at)))


def _place(parts: tuple[str, ...], datasets: tuple[str, ...] | None) -> tuple[Kind, int]:
    """Return the kind of what lies at a place, and how many of its parts are an item; 0 for none.

    A home may be a folder that holds other things too: an item is only what has a name of ours.
    """
    if datasets and parts[: len(datasets)] == datasets:
        for number, name in enumerate(parts, 1):
            if _FETCHING.fullmatch(name):
                return Kind.LEFTOVERS, number
        return Kind.DATASETS, 0
    match parts:
        case ("runs", run, *_) if run.endswith(".erased"):
            return Kind.LEFTOVERS, 2
        case ("runs" | "validation" | "training" | "samples" | "own", _, name) | (
            "cache",
            name,
        ) if _PART.fullmatch(name):
            return Kind.LEFTOVERS, len(parts)
        case ("runs", _, name):
            return (Kind.WEIGHTS if _WEIGHTS.fullmatch(name) else Kind.RUNS), 0
        case ("runs", *_):
            return Kind.RUNS, 0
        case ("validation" | "training" | "samples", *inside):
            return Kind.IMAGES, 2 if inside and _HASH.fullmatch(inside[0]) else 0
        case ("cache", *inside):
            return Kind.CACHES, 2 if len(inside) == 1 and _CACHE.fullmatch(inside[0]) else 0
        case ("own", *_):
            return Kind.OWN, 0
        case ("imports", name, *_) if _IMPORT.fullmatch(name):
            return Kind.LEFTOVERS, 2
        case (name,) if _DAMAGED.fullmatch(name):
            return Kind.LEFTOVERS, 1
    return Kind.REST, 0


def _below(root: Path, folder: Path) -> tuple[str, ...] | None:
    """Return the parts of `folder` below `root`; None where it lies elsewhere."""
    return folder.relative_to(root).parts if root in folder.parents else None


def size_text(size: float) -> str:
    """Return bytes as people read them: "640 bytes", "9.4 MB", "13 GB"."""
    for unit, bytes_each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_each:
            number = size / bytes_each
            return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"
    return "1 byte" if size == 1 else f"{size:.0f} bytes"
