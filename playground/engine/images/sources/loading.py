"""Loading: every data set of the catalogue by name, as a generator that reports progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from playground.engine.images.sources import digits, shapes, torchvision_files
from playground.engine.images.sources.image_dataset import ImageDataset, ImageSource
from playground.engine.machine.preparation import Preparation
from playground.experiment import catalog

__all__ = ["LOADERS", "ImageDataset", "ImageSource", "Loader", "is_available", "load_dataset"]


@dataclass(frozen=True, slots=True)
class Loader:
    """How a data set is loaded (the argument allows a download), and whether it needs one now."""

    load: Callable[[bool], Preparation[ImageSource]]
    is_available: Callable[[], bool]


def _made_here(load: Callable[[], Preparation[ImageSource]]) -> Loader:
    return Loader(lambda download: load(), lambda: True)


def _of_files(name: str) -> Loader:
    return Loader(
        partial(torchvision_files.load, name), partial(torchvision_files.is_available, name)
    )


LOADERS: dict[str, Loader] = {
    "digits": _made_here(digits.load),
    "shapes": _made_here(shapes.load),
    "mnist": _of_files("mnist"),
    "fashion_mnist": _of_files("fashion_mnist"),
    "kmnist": _of_files("kmnist"),
    "cifar10": _of_files("cifar10"),
}


def load_dataset(name: str, download: bool = True) -> Preparation[ImageSource]:
    """Return the data set called `name`, as a generator that yields progress on the way.

    Raises `UnknownChoice`, and `DatasetUnavailable` if its files are not on this machine and
    `download` is false or fails.
    """
    return LOADERS[catalog.DATASETS[name].name].load(download)


def is_available(name: str) -> bool:
    """Whether `name` can be loaded without a network; raises `UnknownChoice`."""
    return LOADERS[catalog.DATASETS[name].name].is_available()
