"""Data sets that people bring at run time: a folder of descriptions, read anew when it changes.

Each has a folder under the home, called by its name, with a `description.json` (the fields of a
`DatasetEntry`) and what its kind of loader reads. The page's server and the worker both follow
it, so that what one process writes, the other finds at its next look. One that was deleted keeps
its description under another name: it is offered no more, and runs on it can still be read.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from playground.errors import InvalidExperiment, shorten
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry
from playground.run.home import datasets_folder, home
from playground.run.names import visible
from playground.run.part_files import replacing

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_MOST_BYTES = 20_000_000  # a description of a hundred thousand classes takes less
_ENTRY = TypeAdapter(DatasetEntry)


class OwnDatasets(Mapping[str, DatasetEntry]):
    """The descriptions in the home of this moment, by name; a damaged one is as good as none."""

    def __getitem__(self, name: str) -> DatasetEntry:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise KeyError(name)
        entry = _entry(_description(name))
        if entry is None and (former := _entry(_former(name))):
            return replace(former, label=f"{former.label[:180]} (deleted)")
        if entry is None:
            raise KeyError(name)
        return entry

    def __iter__(self) -> Iterator[str]:
        names = (file.parent.name for file in _folder().glob("*/description.json"))
        return iter(sorted(name for name in names if name in self))

    def __len__(self) -> int:
        return len(list(iter(self)))


_OWN = OwnDatasets()


def follow() -> None:
    """Let the catalogue of this process offer the data sets in its home."""
    DATASETS.follow(_OWN)


def describe(entry: DatasetEntry) -> None:
    """Write the description of a data set, whose files should be there; both processes find it.

    Raises `InvalidExperiment` for a name that cannot be one, or that a built-in data set has, and
    `OSError`.
    """
    if not _NAME.fullmatch(entry.name) or entry.name in DATASETS.built_in:
        raise InvalidExperiment(
            f"{shorten(entry.name)} cannot be the name of a data set: write a letter from a to z "
            "first, then letters, digits and _, up to 60 in all, and none of the names "
            f"{', '.join(DATASETS.built_in)}."
        )
    fields = asdict(entry)
    del fields["name"]  # the folder's
    with replacing(_description(entry.name)) as part:
        part.write_text(json.dumps({"version": 1, **fields}, indent=1), encoding="utf-8")


def brought() -> list[DatasetEntry]:
    """Return all data sets in the home, those that no list has included."""
    return list(_OWN.values())


def forget(name: str) -> None:
    """Delete the inputs of a data set that was brought; what describes it stays for its runs."""
    _description(name).replace(_former(name))
    arrays_file(name).unlink(missing_ok=True)


def is_deleted(name: str) -> bool:
    """Whether this is a data set that was brought and then deleted."""
    return _NAME.fullmatch(name) is not None and (
        _former(name).is_file() and not _description(name).is_file()
    )


def arrays_file(name: str) -> Path:
    """Return the file of the inputs and labels of a data set that is kept as arrays."""
    return _folder() / name / "arrays.npz"


def _folder() -> Path:
    return home() / "own"


def _description(name: str) -> Path:
    return _folder() / name / "description.json"


def _former(name: str) -> Path:
    return _folder() / name / "former.json"


def _entry(file: Path) -> DatasetEntry | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return _read(file, (state.st_mtime_ns, state.st_ino), state.st_size)


@lru_cache(maxsize=1024)
def _read(file: Path, _state: tuple[int, int], size: int) -> DatasetEntry | None:
    """Return the entry of a file as it was then; None, told once, where it describes nothing."""
    try:
        if size > _MOST_BYTES:
            raise ValueError("it is too large for a description")
        fields = json.loads(file.read_bytes())
        if not isinstance(fields, dict):
            raise ValueError("it is no object")
        named = json.dumps({**fields, "name": file.parent.name})
        entry = _ENTRY.validate_json(named, strict=True)
        names = tuple(map(visible, entry.class_names))
        return replace(
            entry, label=visible(entry.label), summary=visible(entry.summary), class_names=names
        )
    except (OSError, ValueError, RecursionError) as error:
        logging.getLogger(__name__).warning("%s describes no data set: %s", file, error)
        return None


_PUBLISHED = {
    "mnist": "MNIST/raw",
    "fashion_mnist": "FashionMNIST/raw",
    "kmnist": "KMNIST/raw",
    "cifar10": "cifar-10-batches-py",
}
_IDX = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
_BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def is_here(name: str) -> bool:
    """Whether a data set's files are on this machine, so that nothing is to be downloaded."""
    if name not in _PUBLISHED:
        return name in DATASETS.built_in or arrays_file(name).is_file()
    folder = datasets_folder() / _PUBLISHED[name]
    if name == "cifar10":
        archive = folder.parent / "cifar-10-python.tar.gz"
        return archive.is_file() or all((folder / each).is_file() for each in _BATCHES)
    files = [folder / f"{each}-ubyte" for each in _IDX]
    return all(file.is_file() or file.with_suffix(".gz").is_file() for file in files)
