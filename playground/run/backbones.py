"""Backbones that were trained here: weights without their last layer, in a folder of their own.

`<home>/backbones/<name>/` has a `description.json` (the fields of a `BackboneEntry`) and the
`weights.npz`, copied from a run, which may go. The page's server and the worker both follow the
folder. Published backbones lie beside the data sets, as the files that they are published as.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from pydantic import TypeAdapter

from playground.errors import BackboneUnavailable, InvalidExperiment, shorten
from playground.experiment.backbone_entries import BACKBONES, NAME, BackboneEntry, name_of
from playground.run.home import datasets_folder, home
from playground.run.names import visible

VERSION = 1
_MOST_BYTES = 100_000  # of a description
_ENTRY = TypeAdapter(BackboneEntry)


class OwnBackbones(Mapping[str, BackboneEntry]):
    """The descriptions in the home of this moment, by name; a damaged one is as good as none."""

    def __getitem__(self, name: str) -> BackboneEntry:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise KeyError(name)
        file = folder_of(name) / "description.json"
        try:
            state = file.stat()
        except OSError:
            raise KeyError(name) from None
        entry = _read(file, (state.st_mtime_ns, state.st_ino), state.st_size)
        if entry is None:
            raise KeyError(name)
        return entry

    def __iter__(self) -> Iterator[str]:
        names = (file.parent.name for file in backbones_folder().glob("*/description.json"))
        return iter(sorted(name for name in names if name in self))

    def __len__(self) -> int:
        return len(list(iter(self)))


_OWN = OwnBackbones()


def follow() -> None:
    """Let the catalogue of this process offer the backbones in its home."""
    BACKBONES.follow(_OWN)


def check_name(name: str) -> None:
    """Raise `InvalidExperiment` where a new backbone cannot be called that."""
    if not NAME.fullmatch(name) or name in BACKBONES.built_in:
        raise InvalidExperiment(
            f"{shorten(name)} cannot be the name of a backbone: write a letter from a to z first, "
            "then letters, digits and _, up to 60 in all, and none of the names "
            f"{', '.join(BACKBONES.built_in)}."
        )
    if folder_of(name).exists():
        raise InvalidExperiment(
            f"There is a backbone {name} already, and runs may need it: choose another name, or "
            "delete it first."
        )


def delete(name: str) -> None:
    """Remove a backbone that was kept here; runs on it stay, and cannot be gone on with.

    Raises `BackboneUnavailable` where there is none of this name, and `OSError`.
    """
    if not NAME.fullmatch(name) or not folder_of(name).is_dir():
        raise BackboneUnavailable(
            f"No backbone {shorten(name)} is kept here: there are "
            f"{', '.join(_OWN) or 'none'}. Published ones are files in {published_folder()}."
        )
    leaving = backbones_folder() / f"{name}.{uuid4().hex[:12]}.part"
    folder_of(name).rename(leaving)
    rmtree(leaving)


def find(reference: str) -> BackboneEntry:
    """Return the entry that a setup names; raises `BackboneUnavailable`."""
    name = name_of(reference)
    if not name:
        raise BackboneUnavailable(
            "Transfer needs a backbone: choose one, or train a network with convolutions and keep "
            "it as a backbone."
        )
    if name not in BACKBONES:
        raise BackboneUnavailable(
            f"The backbone {name} is not on this machine: choose one of "
            f"{', '.join(BACKBONES.names)}, or keep a run as a backbone."
        )
    entry = BACKBONES[name]
    if reference != entry.reference:
        raise BackboneUnavailable(
            f"The backbone {name} has other weights now ({entry.fingerprint}) than this setup "
            f"names ({reference.partition(':')[2]}), so its numbers would be others: choose the "
            "backbone anew."
        )
    return entry


def published_folder() -> Path:
    """Return where the files of published backbones belong."""
    return datasets_folder() / "backbones"


def published_file(entry: BackboneEntry) -> Path:
    """Return where the file of a published backbone belongs."""
    return published_folder() / entry.address.rpartition("/")[2]


def is_here(entry: BackboneEntry) -> bool:
    """Whether there is a file of its weights; whether it is the right one is seen when it is read.

    Only those of published ones can be missing.
    """
    return not entry.address or published_file(entry).is_file()


def backbones_folder() -> Path:
    """Return where backbones lie that were kept here."""
    return home() / "backbones"


def folder_of(name: str) -> Path:
    """Return where the backbone of this name lies, or would."""
    return backbones_folder() / name


@lru_cache(maxsize=256)
def _read(file: Path, _state: tuple[int, int], size: int) -> BackboneEntry | None:
    """Return the entry of a file as it was then; None, told once, where it describes nothing."""
    try:
        if size > _MOST_BYTES:
            raise ValueError("it is too large for a description")
        fields = json.loads(file.read_bytes())
        if not isinstance(fields, dict) or fields.pop("version", None) != VERSION:
            raise ValueError("it is of another version")
        named = json.dumps({**fields, "name": file.parent.name, "address": ""})
        entry = _ENTRY.validate_json(named, strict=True)
        if entry.model is None:
            raise ValueError("it names no network")
        return replace(entry, label=visible(entry.label), summary=visible(entry.summary))
    except (OSError, ValueError, RecursionError) as error:
        logging.getLogger(__name__).warning("%s describes no backbone: %s", file, error)
        return None
