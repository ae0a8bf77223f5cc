"""MNIST, Fashion-MNIST, KMNIST and CIFAR-10, in the files and folders that torchvision uses.

Addresses and checksums are torchvision's own. `PLAYGROUND_MIRROR=http://host` replaces the hosts:
files are then at `<mirror>/<folder>/<file>`, CIFAR-10 at `<mirror>/cifar-10-python.tar.gz`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from torchvision.datasets import CIFAR10, KMNIST, MNIST, FashionMNIST

from playground.engine.images.sources.acquisition import acquire, alternatives, damaged
from playground.engine.images.sources.archives import Archive, Damaged
from playground.engine.images.sources.cifar_batches import read_cifar_batch
from playground.engine.images.sources.download import RemoteFile
from playground.engine.images.sources.idx_files import check_idx, read_idx_images, read_idx_labels
from playground.engine.images.sources.image_dataset import ImageDataset, ImageSource
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry
from playground.run import home
from playground.run.part_files import remove_stale_parts
from playground.run.records import PreparationRecord

T = TypeVar("T")

_IDX_CLASSES = {"mnist": MNIST, "fashion_mnist": FashionMNIST, "kmnist": KMNIST}


def is_available(name: str) -> bool:
    """Whether the files of this data set are on this machine, unpacked or not."""
    return all(archive.is_here for archive in archives(name))


def load(name: str, download: bool) -> Preparation[ImageSource]:
    """Return a data set, fetched first if it is not here and `download` allows it.

    Raises `DatasetUnavailable`. Where the files are in place, nothing is written.
    """
    entry = catalog.DATASETS[name]
    wanted = archives(name)
    for folder in {archive.path.parent for archive in wanted} | {_folder(name)}:
        remove_stale_parts(folder)
    if not all(archive.is_unpacked for archive in wanted):
        absent = next((archive for archive in wanted if not archive.is_here), None)
        if absent and not download:
            raise DatasetUnavailable(
                f"{entry.label} is not on this machine: {absent.remote.name} is not in "
                f"{absent.path.parent}. Put that file there, let it be downloaded, "
                f"{alternatives()}"
            )
        yield from acquire(entry.label, wanted)
    read = _read_idx if name in _IDX_CLASSES else _read_cifar
    train = yield from read(entry, train=True)
    test = yield from read(entry, train=False)
    return ImageSource(train, test)


def archives(name: str) -> list[Archive]:
    """Return the files that this data set is published as."""
    if name not in _IDX_CLASSES:
        return [_cifar_archive()]
    dataset = _IDX_CLASSES[name]
    return [_idx_archive(_folder(name), dataset, file, md5) for file, md5 in dataset.resources]


def _folder(name: str) -> Path:
    """Return the folder that the files are read from."""
    if name in _IDX_CLASSES:
        return home.datasets_folder() / str(_IDX_CLASSES[name].__name__) / "raw"
    return home.datasets_folder() / str(CIFAR10.base_folder)


def _idx_archive(folder: Path, dataset: type[MNIST], file: str, md5: str) -> Archive:
    hosts = [f"{mirror.rstrip('/')}/{file}" for mirror in dataset.mirrors]
    check = partial(check_idx, dimensions=3 if "idx3" in file else 1)
    contents = (folder / file.removesuffix(".gz"),)
    remote = _remote(f"{dataset.__name__}/{file}", hosts, md5)
    return Archive(remote, folder / file, contents, check)


def _cifar_archive() -> Archive:
    entry = catalog.DATASETS["cifar10"]
    folder = _folder("cifar10")
    contents = tuple(folder / file for file, _ in CIFAR10.train_list + CIFAR10.test_list)
    check: Callable[[Path], object] = partial(
        read_cifar_batch, shape=entry.image_shape, classes=len(entry.class_names)
    )
    remote = _remote(CIFAR10.filename, [CIFAR10.url], CIFAR10.tgz_md5)
    return Archive(remote, folder.parent / CIFAR10.filename, contents, check)


def _remote(path: str, official: list[str], md5: str) -> RemoteFile:
    """Return where to fetch a file: from the official hosts, or from the mirror at `path`."""
    name = path.rpartition("/")[2]
    mirror = os.environ.get("PLAYGROUND_MIRROR", "").strip()
    if mirror:  # a mirror may hold other images of the same form: no checksum to compare
        return RemoteFile(name, (f"{mirror.rstrip('/')}/{path}",), None)
    return RemoteFile(name, tuple(official), md5)


def _read_idx(entry: DatasetEntry, train: bool) -> Preparation[ImageDataset]:
    yield PreparationRecord(f"Loading {entry.label}")
    role = "train" if train else "t10k"
    folder = _folder(entry.name)
    images_path = folder / f"{role}-images-idx3-ubyte"
    labels_path = folder / f"{role}-labels-idx1-ubyte"
    _, height, width = entry.image_shape
    images = _whole(images_path, partial(read_idx_images, height=height, width=width))
    labels = _whole(labels_path, partial(read_idx_labels, classes=len(entry.class_names)))
    if len(labels) != len(images):
        raise damaged(
            labels_path,
            Damaged(f"it holds {len(labels):,} labels for the {len(images):,} images beside it"),
        )
    return ImageDataset(images, labels, entry.class_names)


def _read_cifar(entry: DatasetEntry, train: bool) -> Preparation[ImageDataset]:
    read = partial(read_cifar_batch, shape=entry.image_shape, classes=len(entry.class_names))
    batches = []
    for file, _ in CIFAR10.train_list if train else CIFAR10.test_list:
        yield PreparationRecord(f"Loading {entry.label}")
        batches.append(_whole(_folder(entry.name) / file, read))
    labels = torch.cat([labels for _, labels in batches])
    images = torch.empty(len(labels), *entry.image_shape, dtype=torch.uint8)
    for part in images.split([len(labels) for _, labels in batches]):
        part.copy_(batches.pop(0)[0])  # popped, so that memory holds few images twice
        yield PreparationRecord(f"Loading {entry.label}")
    return ImageDataset(images, labels, entry.class_names)


def _whole(path: Path, read: Callable[[Path], T]) -> T:
    """Return what `read` makes of a file, its problems told as `DatasetUnavailable`."""
    try:
        return read(path)
    except Damaged as damage:
        raise damaged(path, damage) from damage
    except OSError as error:
        raise DatasetUnavailable(
            f"{path} could not be read ({str(error.strerror or error).lower()}). Make it readable, "
            f"{alternatives()}"
        ) from error
