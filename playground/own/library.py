"""Library: the data sets that people have made here: whose each is, and what becomes of it.

Each lies in a folder whose name nobody can guess, beside what describes it to all processes (see
`playground.run.datasets`). Who may do what is not asked here.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from time import time
from typing import Annotated

from filelock import FileLock
from pydantic import Field, TypeAdapter

from playground.errors import DatasetUnavailable, InvalidExperiment
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import SECRET, DatasetEntry
from playground.own.brought import Fit
from playground.own.found import Found
from playground.run import datasets
from playground.run.home import home
from playground.run.names import tidy
from playground.run.part_files import write_whole

LONGEST_LABEL = 60
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 20  # 100 random bits
_Moment = Annotated[float, Field(ge=0, le=7e9, allow_inf_nan=False)]  # seconds, up to 2191
_Word = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of a data set beside what describes it.

    `owner` is who made it, "" for the command line; where it `is_shared`, everybody here may use
    it. `fit`, `test_share` and `has_own_test` say how images that are added become part of it.
    """

    owner: _Word = ""
    is_shared: bool = False
    made_at: _Moment = 0.0
    fingerprint: _Word = ""
    bytes: Annotated[int, Field(ge=0)] = 0
    fit: Fit = "crop"
    test_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.2
    has_own_test: bool = False


_STORY = TypeAdapter(Story)
_NOBODYS = Story()  # of the operator, and not shared: that of a file that is damaged
_OF_OLD = Story(is_shared=True)  # described by hand, for everybody


def story(name: str) -> Story | None:
    """Return what is known of a data set, deleted or not; None of one that nobody has brought."""
    if name in DATASETS.built_in or name not in DATASETS:
        return None
    file = _file(name)
    try:
        state = file.stat()
    except FileNotFoundError:
        return _OF_OLD if not name.startswith(SECRET) else _NOBODYS
    except OSError:
        return _NOBODYS
    return _read(file, (state.st_mtime_ns, state.st_ino, state.st_size))


def all_stories() -> Iterator[tuple[DatasetEntry, Story]]:
    """Yield every data set that was brought and not deleted."""
    for entry in datasets.brought():
        if found := story(entry.name):
            yield entry, found


def keep(found: Found, folder: Path, own: Story, label: str) -> DatasetEntry:
    """Make a data set of what was found, whose arrays lie in `folder`; raises `OSError`."""
    name = SECRET + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    entry = _entry(name, label, found)
    target = datasets.arrays_file(name)
    with _alone():
        target.parent.mkdir(parents=True)
        _put(folder / target.name, target)
        _write(name, _after(own, found, made_at=time()))
        datasets.describe(entry)  # last: now it is there
    return entry


def extend(name: str, content: str, found: Found, folder: Path) -> DatasetEntry:
    """Put what was found in the place of a data set that still has this `content`.

    Raises `DatasetUnavailable` where it has changed meanwhile, and `OSError`.
    """
    with _alone():
        before = _present(name)
        if before.content != content:
            raise DatasetUnavailable(
                f"{before.label} was changed by somebody else in this moment: add the images again."
            )
        entry = _entry(name, before.label, found)
        target = datasets.arrays_file(name)
        _put(folder / target.name, target)
        _write(name, _after(story(name) or _NOBODYS, found))
        datasets.describe(entry)
    return entry


def rename(name: str, label: str) -> DatasetEntry:
    """Give a data set another label; raises `DatasetUnavailable`, `InvalidExperiment`."""
    with _alone():
        entry = replace(_present(name), label=tidy_label(label))
        datasets.describe(entry)
    return entry


def share(name: str, is_shared: bool) -> None:
    """Let everybody use a data set, or its owner alone; raises `DatasetUnavailable`."""
    with _alone():
        _present(name)
        _write(name, replace(story(name) or _NOBODYS, is_shared=is_shared))


def delete(name: str) -> None:
    """Delete the images of a data set; raises `DatasetUnavailable`."""
    with _alone():
        _present(name)
        _write(name, replace(story(name) or _NOBODYS, bytes=0))
        datasets.forget(name)


def tidy_label(label: str) -> str:
    """Return a label as it is kept; raises `InvalidExperiment` for one without a letter."""
    if kept := tidy(label, LONGEST_LABEL):
        return kept
    raise InvalidExperiment(
        f"A data set needs a name: up to {LONGEST_LABEL} letters that say what is in it."
    )


def _present(name: str) -> DatasetEntry:
    if name not in DATASETS or datasets.is_deleted(name):
        raise DatasetUnavailable("This data set is no longer here: choose another one.")
    return DATASETS[name]


def _entry(name: str, label: str, found: Found) -> DatasetEntry:
    channels, height, width = found.image_shape
    train, test = found.counts["train"], found.counts["test"]
    form = f"{height}×{width} {'in colour' if channels == 3 else 'in grey'}"
    summary = f"{sum(train) + sum(test):,} images brought by hand, {form}."
    return DatasetEntry(
        name,
        tidy_label(label),
        summary,
        found.image_shape,
        found.class_names,
        training_images=sum(train),
        test_images=sum(test),
        kind="arrays",
        content=found.fingerprint,
        class_counts=tuple(zip(train, test, strict=True)),
    )


def _after(own: Story, found: Found, made_at: float | None = None) -> Story:
    return replace(
        own,
        fingerprint=found.fingerprint,
        bytes=found.bytes,
        has_own_test=found.has_own_test,
        made_at=own.made_at if made_at is None else made_at,
    )


def _put(file: Path, target: Path) -> None:
    """Move a file that is whole to its place, so that it is there also after the power fails."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    file.replace(target)


def _write(name: str, own: Story) -> None:
    write_whole(_file(name), json.dumps({"version": 1, **asdict(own)}).encode())


def _file(name: str) -> Path:
    return datasets.arrays_file(name).with_name("own.json")


@lru_cache(maxsize=1024)
def _read(file: Path, _state: tuple[int, int, int]) -> Story:
    try:
        return _STORY.validate_json(file.read_bytes(), strict=True)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("%s is damaged: %s", file, error)
        return _NOBODYS


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other processes from changing data sets meanwhile."""
    folder = home() / "own"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield
