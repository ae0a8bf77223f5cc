"""Checkpoints: a run's whole state after an epoch, two generations and the best, each whole.

Order of writing: a temporary file, fsync, the last checkpoint becomes the previous one, the
temporary file becomes the last. A process killed anywhere in between leaves a whole one.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import torch

from playground.errors import RunTakenOver
from playground.run.home import fence_file
from playground.run.part_files import remove_stale_parts

LAST, PREVIOUS, BEST = "checkpoint.pt", "checkpoint-previous.pt", "checkpoint-best.pt"
_VERSION = 1

# Tells two processes apart that were given the same fence.
_PROCESS = secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The checkpoints of one run, written under `fence`: a number that grows with each take-over.

    A worker that was believed dead finds a larger number, or its own claimed by another process,
    and writes nothing any more. Fence 0 is for those who have the folder to themselves.
    """

    folder: Path
    fence: int = 0

    def claim(self) -> None:
        """Write our fence; raises `RunTakenOver` where a later one is there, and `OSError`."""
        self.check()
        temporary = self._temporary()
        try:
            temporary.write_text(f"{self.fence} {_PROCESS}")
            temporary.replace(fence_file(self.folder))
        finally:
            temporary.unlink(missing_ok=True)
        for leftover in self.folder.glob(".*.part"):
            leftover.unlink(missing_ok=True)
        remove_stale_parts(self.folder)

    def save(self, state: Mapping[str, Any], *, is_best: bool) -> None:
        """Write a checkpoint: tensors, numbers, texts, lists and dictionaries only.

        Raises `RunTakenOver` where another worker has the run now, and `OSError` where the disk
        does not take it; the checkpoints that were there stay.
        """
        self.check()
        # In memory first: writing itself, torch tells a full disk as it does an error of its own.
        content = BytesIO()
        torch.save({"version": _VERSION, **state}, content)
        temporary = self._temporary()
        try:
            with temporary.open("wb") as file:
                file.write(content.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            last = self.folder / LAST
            if last.exists():
                last.replace(self.folder / PREVIOUS)
            temporary.replace(last)
            if is_best:
                self._link(last, self.folder / BEST)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(self.folder)

    def load(self, name: str | None = None) -> dict[str, Any] | None:
        """Return the newest whole checkpoint (or the one called `name`); None where there is none.

        A damaged one is put aside as `….damaged` and the one before it is taken.
        """
        for candidate in (name,) if name else (LAST, PREVIOUS):
            file = self.folder / candidate
            if not file.exists():
                continue
            try:
                return read_checkpoint(file)
            except _DAMAGED as error:
                logging.getLogger(__name__).warning("%s is damaged: %s", file, error)
                with suppress(OSError):  # a read-only folder keeps its name
                    file.replace(file.with_name(f"{file.name}.damaged"))
        return None

    def check(self) -> None:
        """Raise `RunTakenOver` where another worker has the run now."""
        try:
            number, _, process = fence_file(self.folder).read_text().partition(" ")
            found = int(number)
        except (OSError, ValueError):
            return
        if found > self.fence or (found == self.fence > 0 and process != _PROCESS):
            raise RunTakenOver("Another process has taken this run over and goes on with it.")

    def _temporary(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(
            dir=self.folder, prefix=".", suffix=".part", delete=False
        ) as temporary:
            return Path(temporary.name)

    def _link(self, source: Path, target: Path) -> None:
        """Give `source` a second name; where the disk has no such thing, copy it."""
        temporary = self._temporary()
        temporary.unlink()
        try:
            try:
                os.link(source, temporary)
            except OSError:
                temporary.write_bytes(source.read_bytes())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


_DAMAGED = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Read a checkpoint without running anything in it; raises one of several errors if damaged."""
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()  # torch itself does not compare the sums
    if damaged:
        raise zipfile.BadZipFile(f"{damaged} is damaged")
    state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or state.get("version") != _VERSION:
        raise ValueError("it was written by another version")
    return state


def _sync_folder(folder: Path) -> None:
    """Make the new names last through a power failure, where the system has a way to."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        logging.getLogger(__name__).debug("%s cannot be synced", folder)
    finally:
        os.close(descriptor)
