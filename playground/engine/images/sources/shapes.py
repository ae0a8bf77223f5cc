"""Shapes: colour images of ten shapes, drawn on this machine from a fixed seed and kept."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import numpy as np
import torch

from playground.engine.images.sources.dataset import Dataset, Source
from playground.engine.images.sources.shape_drawing import SIZE, draw
from playground.engine.machine.preparation import Preparation, portions
from playground.experiment import catalog
from playground.run import datasets
from playground.run.part_files import remove_stale_parts, replacing
from playground.run.records import PreparationRecord
from playground.run.sweeping import make_room, note_look

COUNT = 10_000
_CHUNK = 250  # images

_logger = logging.getLogger(__name__)


def load() -> Preparation[Source]:
    """Return the shapes, drawn the first time and read from the cache folder afterwards."""
    yield PreparationRecord("Loading Shapes")
    entry = catalog.DATASETS["shapes"]
    path = datasets.kept_arrays("shapes")
    remove_stale_parts(path.parent)
    shapes = _read(path)
    if shapes is None:
        shapes = yield from draw_shapes()
        _write(path, shapes)
    everything = torch.arange(len(shapes))
    train = shapes.subset(everything[: entry.training_images])
    return Source(train, shapes.subset(everything[entry.training_images :]))


def draw_shapes(count: int = COUNT, seed: int = 0) -> Preparation[Dataset]:
    """Return `count` shapes, every ten of them one of each class; a seed gives the same always."""
    class_names = catalog.DATASETS["shapes"].class_names
    generator = torch.Generator().manual_seed(seed)
    rounds = -(-count // len(class_names))
    order = torch.rand(rounds, len(class_names), generator=generator).argsort(1)
    labels = order.flatten()[:count]
    images = torch.empty(count, 3, SIZE, SIZE, dtype=torch.uint8)
    for portion in portions(count, _CHUNK):
        images[portion] = draw(labels[portion], class_names, generator)
        yield PreparationRecord("Drawing Shapes", portion.stop / count)
    return Dataset(images, labels, class_names)


def _read(path: Path) -> Dataset | None:
    """Return the cached shapes, or None where there are none or the file is damaged."""
    class_names = catalog.DATASETS["shapes"].class_names
    note_look(path)
    try:
        with np.load(path, allow_pickle=False) as arrays:  # compares the checksum of each array
            images, labels = arrays["images"], arrays["labels"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _logger.warning("%s is damaged (%s): drawing the shapes again", path, error)
        return None
    forms = (images.dtype, images.shape, labels.dtype, labels.shape)
    if forms != (np.uint8, (COUNT, 3, SIZE, SIZE), np.int64, (COUNT,)):
        _logger.warning("%s holds something else: drawing the shapes again", path)
        return None
    return Dataset(torch.from_numpy(images), torch.from_numpy(labels), class_names)


def _write(path: Path, shapes: Dataset) -> None:
    make_room(shapes.inputs.nbytes)
    try:
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, images=shapes.inputs.numpy(), labels=shapes.labels.numpy())
    except OSError as error:
        _logger.warning("The shapes are drawn each time, as %s cannot be written: %s", path, error)
