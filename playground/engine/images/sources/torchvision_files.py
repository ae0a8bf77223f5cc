"""MNIST, Fashion-MNIST, KMNIST and CIFAR-10, in the files and folders that torchvision uses.

Addresses and checksums are torchvision's own. `PLAYGROUND_MIRROR=http://host` replaces the hosts:
files are then at `<mirror>/<folder>/<file>`, CIFAR-10 at `<mirror>/cifar-10-python.tar.gz`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torchvision.datasets import CIFAR10, KMNIST, MNIST, FashionMNIST

from playground.engine.images.sources.acquisition import acquire, alternatives
from playground.engine.images.sources.archives import Archive, Damaged
from playground.engine.images.sources.cifar_batches import read_cifar_batch
from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.idx_files import read_idx_images, read_idx_labels
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.experiment.entries import DatasetEntry
from playground.run import environment, home
from playground.run.records import PreparationRecord
from playground.run.sweeping import make_room

_UNPACKED = 6.0  # times what is downloaded: what is unpacked of MNIST takes 5 times as much

_IDX_CLASSES = {"mnist": MNIST, "fashion_mnist": FashionMNIST, "kmnist": KMNIST}


def is_available(name: str) -> bool:
    """Whether the files of this data set are on this machine, unpacked or not."""
    return all(archive.is_here for archive in archives(name))


def load(name: str, download: bool) -> Preparation[Source]:
    """Return a data set, fetched first if it is not here and `download` allows it.

    Raises `DatasetUnavailable`. Where the files are in place, nothing is written.
    """
    entry, wanted = catalog.DATASETS[name], archives(name)
    absent = next((archive.path for archive in wanted if not archive.is_here), None)
    if absent and not download:
        raise DatasetUnavailable(
            f"{entry.label} is not on this machine: {absent.name} is not in {absent.parent}. Put "
            f"that file there, let it be downloaded, {alternatives()}"
        )
    if not all(archive.is_unpacked for archive in wanted):
        if home.home() in home.datasets_folder().parents:
            make_room(round(_UNPACKED * entry.download_megabytes * 1e6))
        yield from acquire(entry.label, wanted, lock=home.datasets_folder() / f".{name}.lock")
    read = _read_idx if name in _IDX_CLASSES else _read_cifar
    return (yield from read(entry, wanted))


def archives(name: str) -> list[Archive]:
    """Return the files that this data set is published as, those of training first."""
    entry, root = catalog.DATASETS[name], home.datasets_folder()
    _, height, width = entry.image_shape
    classes = len(entry.class_names)
    if name not in _IDX_CLASSES:
        contents = [file for file, _ in CIFAR10.train_list + CIFAR10.test_list]
        return [
            Archive(
                root / CIFAR10.filename,
                *_remote(CIFAR10.filename, [CIFAR10.url], CIFAR10.tgz_md5),
                tuple(root / CIFAR10.base_folder / file for file in contents),
                partial(read_cifar_batch, shape=entry.image_shape, classes=classes),
            )
        ]
    dataset = _IDX_CLASSES[name]
    raw = root / dataset.__name__ / "raw"
    images = partial(read_idx_images, height=height, width=width)
    labels = partial(read_idx_labels, classes=classes)
    return [
        Archive(
            raw / file,
            *_remote(f"{dataset.__name__}/{file}", [url + file for url in dataset.mirrors], md5),
            (raw / file.removesuffix(".gz"),),
            images if "idx3" in file else labels,
        )
        for file, md5 in dataset.resources
    ]


def _remote(path: str, hosts: list[str], md5: str) -> tuple[tuple[str, ...], str | None]:
    """Return where to fetch a file, and its checksum: from the hosts, or from the mirror."""
    if mirror := environment.text("PLAYGROUND_MIRROR"):
        # It may hold other images of the same form: no checksum to compare.
        return (f"{mirror.rstrip('/')}/{path}",), None
    return tuple(hosts), md5


def _read_idx(entry: DatasetEntry, wanted: list[Archive]) -> Preparation[Source]:
    parts = []
    for of_images, of_labels in zip(wanted[::2], wanted[1::2], strict=True):
        yield PreparationRecord(f"Loading {entry.label}")
        images, labels = (_whole(each.contents[0], each.read) for each in (of_images, of_labels))
        if len(labels) != len(images):
            count = f"{len(labels):,} labels for the {len(images):,} images beside it"
            raise _damaged(of_labels.contents[0], f"it holds {count}")
        parts.append(Dataset(torch.from_numpy(images), torch.from_numpy(labels), entry.class_names))
    return Source(*parts)


def _read_cifar(entry: DatasetEntry, wanted: list[Archive]) -> Preparation[Source]:
    (archive,), parts = wanted, []
    last = len(CIFAR10.train_list)
    for paths in (archive.contents[:last], archive.contents[last:]):
        batches = []
        for path in paths:
            yield PreparationRecord(f"Loading {entry.label}")
            batches.append(_whole(path, archive.read))
        labels = torch.cat([torch.from_numpy(labels) for _, labels in batches])
        images = torch.empty(len(labels), *entry.image_shape, dtype=torch.uint8)
        for part in images.split([len(labels) for _, labels in batches]):
            part.copy_(torch.from_numpy(batches.pop(0)[0]))  # popped: memory holds few twice
            yield PreparationRecord(f"Loading {entry.label}")
        parts.append(Dataset(images, labels, entry.class_names))
    return Source(*parts)


def _whole(path: Path, read: Callable[[Path], Any]) -> Any:
    """Return what `read` makes of a file, its problems told as `DatasetUnavailable`."""
    try:
        return read(path)
    except Damaged as damage:
        raise _damaged(path, damage) from damage
    except OSError as error:
        raise DatasetUnavailable(
            f"{path} could not be read ({str(error.strerror or error).lower()}). Make it readable, "
            f"{alternatives()}"
        ) from error


def _damaged(path: Path, reason: object) -> DatasetUnavailable:
    return DatasetUnavailable(
        f"{path} is damaged: {reason}. Delete it so that it is fetched again, {alternatives()}"
    )
