"""Loading: every data set by name, as a generator that reports progress.

A new kind of source is a function here, called by the entries that have its name as their `kind`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.engine.images.sources import arrays, digits, shapes, torchvision_files
from playground.engine.images.sources.checking import check
from playground.engine.images.sources.dataset import Source
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry


@dataclass(frozen=True, slots=True)
class Loader:
    """How a kind of data set is loaded (True allows a download), and whether it is here already."""

    load: Callable[[DatasetEntry, bool], Preparation[Source]]
    is_available: Callable[[DatasetEntry], bool] = lambda entry: True


LOADERS: dict[str, Loader] = {
    "digits": Loader(lambda entry, download: digits.load()),
    "shapes": Loader(lambda entry, download: shapes.load()),
    "published": Loader(
        lambda entry, download: torchvision_files.load(entry.name, download),
        lambda entry: torchvision_files.is_available(entry.name),
    ),
    "arrays": Loader(lambda entry, download: arrays.load(entry), arrays.is_available),
}


def load_dataset(name: str, download: bool = True) -> Preparation[Source]:
    """Return the data set called `name`, as a generator that yields progress on the way.

    Raises `UnknownChoice`, and `DatasetUnavailable` if its files are not on this machine and
    `download` is false or fails, or if they hold something else than the entry says.
    """
    entry = catalog.DATASETS[name]
    return _checked(entry, _loader(entry).load(entry, download))


def is_available(name: str) -> bool:
    """Whether `name` can be loaded without a network; raises `UnknownChoice`."""
    entry = catalog.DATASETS[name]
    return _loader(entry).is_available(entry)


def _checked(entry: DatasetEntry, loading: Preparation[Source]) -> Preparation[Source]:
    source = yield from loading
    check(entry, source)
    return source


def _loader(entry: DatasetEntry) -> Loader:
    kind = entry.kind or entry.name
    if kind not in LOADERS:
        raise DatasetUnavailable(
            f"{entry.label} is of the kind {kind}, which this version cannot load: choose another "
            "data set, or update the app."
        )
    return LOADERS[kind]
