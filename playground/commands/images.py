"""Images of one's own on the command line: `train --images`, and the list of all data sets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shutil import rmtree
from typing import Any

from playground.commands.options import print_json
from playground.errors import InvalidExperiment, StoreUnavailable
from playground.experiment.catalog import DATASETS
from playground.experiment.entries import DatasetEntry
from playground.own import imports, library
from playground.own.brought import Brought, Wishes
from playground.own.found import Found
from playground.run.datasets import is_here
from playground.run.disk import size_text
from playground.run.home import home
from playground.run.names import visible
from playground.service.inboxes import new_folder
from playground.service.own_room import check
from playground.service.people import People
from playground.service.permission import OPERATOR

_WISHES = Wishes()
_TABLES = (".csv", ".tsv", ".txt")


def bring(given: str) -> DatasetEntry:
    """Return the data set of the images at a path, made now or found again.

    What it has and what was left out is told on stderr. Everybody on this machine may use it, as
    they may see the runs of the command line. Raises `InvalidExperiment`, `NoRoom`, and
    `StoreUnavailable`.
    """
    path = Path(given).expanduser()
    if not path.exists():
        raise InvalidExperiment(
            f"There is nothing at {given}: give a folder with a folder of images for each class, "
            "a zip archive of one, or a CSV file of pixels."
        )
    try:
        _, folder = new_folder()
        try:
            found = imports.read(_brought(path.resolve()), _WISHES, folder, tell=_tell)
            _clear()
            return _kept(found, folder, path)
        finally:
            rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise StoreUnavailable(f"The disk refuses to keep the images: {error.strerror}.") from error


def _kept(found: Found, folder: Path, path: Path) -> DatasetEntry:
    entry = next(
        (
            entry
            for entry, own in library.all_stories()
            if own.fingerprint == found.fingerprint and not own.owner
        ),
        None,
    )
    what = "found again"
    if entry is None:
        check(OPERATOR, found.bytes)
        own = library.Story(is_shared=True, fit=_WISHES.fit, test_share=_WISHES.test_share)
        entry, what = library.keep(found, folder, own, path.resolve().stem or "images"), "made"
    _say(
        f"Data set {entry.name} ({entry.label}) {what} in {found.seconds:.1f} s: "
        f"{entry.training_images:,} training and {entry.test_images:,} test images of "
        f"{len(entry.class_names):,} classes, {'×'.join(map(str, entry.input_shape))}."
    )
    for skipped in found.skipped:
        _say(f"{skipped.count:,} left out, such as {skipped.examples[0]}: {skipped.reason}")
    if found.near_duplicates:
        _say(f"{found.near_duplicates:,} test images look like training images.")
    for note in found.notes:
        _say(note)
    return entry


def _brought(path: Path) -> Brought:
    if path.is_dir():
        return Brought("folder", path)
    return Brought("csv" if path.suffix.lower() in _TABLES else "zip", path)


def main(options: argparse.Namespace) -> int:
    """List all data sets, as a table or as JSON lines. Returns the exit status."""
    entries = [*DATASETS, *(entry for entry, _ in library.all_stories())]
    rows = [fields_of(entry) for entry in {entry.name: entry for entry in entries}.values()]
    if options.json:
        for row in rows:
            print_json(row)
        return 0
    print(
        f"{'data set':<24}  {'form':<9}  {'classes':>7}  {'training':>9}  {'test':>7}  "
        f"{'on disk':>8}  {'here':<4}  {'owner':<14}  label"
    )
    for row in rows:
        size = size_text(row["bytes"]) if row["bytes"] else "–"
        shared = row["owner"] if row["shared"] else f"{row['owner']}, alone"
        print(
            visible(
                f"{row['dataset']:<24}  {'×'.join(map(str, row['shape'])):<9}  "
                f"{row['classes']:>7,}  {row['training_images']:>9,}  {row['test_images']:>7,}  "
                f"{size:>8}  {'yes' if row['here'] else 'no':<4}  {shared:<14}  {row['label']}"
            )
        )
    return 0


def fields_of(entry: DatasetEntry) -> dict[str, Any]:
    """Return a data set as its JSON line has it; `owner` is a nickname, or a part of a code."""
    own = library.story(entry.name)
    owner = "built in" if own is None else "operator"
    if own and own.owner:
        owner = People(home() / "people.json").nickname_of(own.owner) or own.owner[:8]
    return {
        "dataset": entry.name,
        "label": entry.label,
        "shape": list(entry.input_shape),
        "classes": len(entry.class_names),
        "training_images": entry.training_images,
        "test_images": entry.test_images,
        "owner": owner,
        "shared": own is None or own.is_shared,
        "bytes": own.bytes if own else None,
        "fingerprint": entry.content or None,
        "here": is_here(entry.name),
    }


def _tell(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{done:,} of {total:,} images read")
        sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _say(words: str) -> None:
    sys.stderr.write(f"{visible(words)}\n")
