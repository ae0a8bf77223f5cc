"""Arrays: data sets that were brought at run time, each kept in one file beside its description."""

from __future__ import annotations

import zipfile

import numpy as np
import torch

from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment.entries import DatasetEntry
from playground.run import datasets
from playground.run.part_files import replacing
from playground.run.records import PreparationRecord

ROLES = ("train", "test")


def save(name: str, source: Source) -> None:
    """Write the data set called `name`, whole or not at all; raises `OSError`."""
    parts = zip(ROLES, (source.train, source.test), strict=True)
    arrays = {
        f"{role}_{kind}": getattr(part, kind).numpy()
        for role, part in parts
        for kind in ("inputs", "labels")
    }
    with replacing(datasets.arrays_file(name)) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load(entry: DatasetEntry) -> Preparation[Source]:
    """Return the data set of `entry`; raises `DatasetUnavailable`."""
    if datasets.is_deleted(entry.name):
        raise DatasetUnavailable(
            f"The data set {entry.label} is no longer here: choose another one, or bring its "
            "images once more."
        )
    file = datasets.arrays_file(entry.name)
    parts = []
    try:
        with np.load(file, allow_pickle=False) as arrays:  # compares the checksum of each array
            for role in ROLES:
                yield PreparationRecord(f"Loading {entry.label}")
                inputs = torch.from_numpy(arrays[f"{role}_inputs"])
                labels = torch.from_numpy(arrays[f"{role}_labels"])
                parts.append(Dataset(inputs, labels, entry.class_names))
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetUnavailable(
            f"{entry.label} cannot be read from {file} ({error}): make the data set anew, or "
            "choose another one."
        ) from error
    return Source(*parts)


def is_available(entry: DatasetEntry) -> bool:
    """Whether the file is there."""
    return datasets.arrays_file(entry.name).is_file()
