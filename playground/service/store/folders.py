"""Folders: the runs of a home as their own folders have them, each read by itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from os.path import islink, sep
from pathlib import Path
from shutil import rmtree
from time import time

from playground.errors import UnknownRun, UnreadableRun
from playground.run.files import is_inside
from playground.run.folder import RunFolder
from playground.run.home import place_of, run_folder
from playground.run.info import RunInfo, StoredRun, unreadable
from playground.run.part_files import remove_stale_parts
from playground.service.store.documents import DAMAGED, Kept, Misplaced, read_document

_FRESH_SECONDS = 60.0
_DOCUMENT = RunFolder(Path()).document.name
_ERASED = ".erased"  # at the end of the name of a folder that is being removed


class Folders:
    """What is in the folder `runs` of a home; what was read is kept until it changes."""

    def __init__(self, home: Path) -> None:
        self._runs = home / "runs"
        self._read: dict[Path, tuple[tuple[int, int], Kept | None]] = {}

    @property
    def are_any(self) -> bool:
        """Whether a run has left something."""
        return any(self._found())

    @property
    def nameless(self) -> str:
        """A sentence on the folders that were met and are no runs; empty where there are none."""
        names = [folder.name for folder, (_, kept) in self._read.items() if not kept]
        if not names:
            return ""
        return f"In {self._runs}, these are no runs, and left as they are: {', '.join(names)}."

    def runs(self, known: Collection[str] = ()) -> list[Kept]:
        """Return the runs there are, but for those `known`."""
        self._read = {folder: self._read_anew(folder) for folder in self._found(known)}
        return [kept for _, kept in self._read.values() if kept]

    def read(self, run_id: str) -> Kept | None:
        """Return one run, as `read_folder` does."""
        return read_folder(self._runs / run_id)

    def is_link(self, run_id: str) -> bool:
        """Whether a run's folder is a link, which nothing of the run is written through."""
        return islink(f"{self._runs}{sep}{run_id}")  # noqa: PTH114  # as text: of every run

    def stamp(self, run_id: str) -> str:
        """Return what changes with a run's document; "" where there is none of its own."""
        if self.is_link(run_id):
            return ""
        try:
            found = os.stat(f"{self._runs}{sep}{run_id}{sep}{_DOCUMENT}")  # noqa: PTH116
        except OSError:
            return ""
        return f"{found.st_mtime_ns}-{found.st_size}"

    def erase(self, run_id: str) -> Path:
        """Let a run's folder be one that nobody finds; return what is to be removed."""
        folder = place_of(run_id)
        with suppress(OSError):
            return folder.rename(folder.with_name(f"{run_id}{_ERASED}"))
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a folder, unless it lies elsewhere."""
        if is_inside(self._runs, folder):
            rmtree(folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what killed processes left unfinished."""
        for folder in self._runs.glob("*"):
            if folder.name.endswith(_ERASED):
                self.remove(folder)
            elif not folder.is_symlink():
                remove_stale_parts(folder)

    def _found(self, known: Collection[str] = ()) -> Iterator[Path]:
        try:
            names = sorted(set(os.listdir(self._runs)).difference(known))  # noqa: PTH208
        except OSError:
            return
        for folder in (self._runs / name for name in names if not name.endswith(_ERASED)):
            place = RunFolder(folder)
            if place.document.exists() or (place.checkpoint("last").exists() and _is_old(folder)):
                yield folder

    def _read_anew(self, folder: Path) -> tuple[tuple[int, int], Kept | None]:
        """Read a folder, unless it is as it was when it was read before."""
        stamp = _stamp(RunFolder(folder).document)
        before = self._read.get(folder)
        return before if before and before[0] == stamp else (stamp, read_folder(folder))


def read_folder(folder: Path) -> Kept | None:
    """Return the run of a folder, "unreadable" where its document is damaged or it is a link.

    None where there is none, or not even its name is that of a run, such as that of a copy.
    """
    try:
        run_folder(folder.name)
        return read_document(folder)
    except UnreadableRun as error:
        problem = str(error)
    except UnknownRun:
        return None
    except DAMAGED as error:
        why = error if isinstance(error, Misplaced) else "its run.json cannot be read"
        problem = f"The folder {folder} is damaged: {why}. Mend it, or delete the run."
        logging.getLogger(__name__).info("%s: %s", folder, error)
    try:
        created_at = min(max(folder.lstat().st_mtime, 0.0), 7e9)
    except OSError:
        return None
    run = StoredRun(RunInfo(folder.name, created_at), unreadable(folder.name, problem))
    return Kept(run, is_damaged=True)


def _is_old(folder: Path) -> bool:
    """Whether nothing has come into a folder for a while.

    A run that has just begun may have its first checkpoint before whoever stores it gets to it.
    """
    try:
        return time() - folder.stat().st_mtime > _FRESH_SECONDS
    except OSError:
        return False


def _stamp(file: Path) -> tuple[int, int]:
    """Return what changes with a file."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino
