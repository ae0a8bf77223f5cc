"""IDX files, the format of MNIST and its relatives. No torch here, as in `cifar_batches`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from playground.engine.images.sources.archives import Damaged

_BYTES = 8  # the type code of unsigned bytes


def read_idx_images(path: Path, height: int, width: int) -> np.ndarray:
    """Return the images of an IDX file, uint8 `[N, 1, H, W]`; raises `Damaged`."""
    images = _read(path, 3)
    if len(images) == 0:
        raise Damaged("it holds no images")
    if images.shape[1:] != (height, width):
        size = "×".join(map(str, images.shape[1:]))
        raise Damaged(f"its images have {size} pixels, not {height}×{width}")
    return images.reshape(-1, 1, height, width)


def read_idx_labels(path: Path, classes: int) -> np.ndarray:
    """Return the labels of an IDX file, int64 `[N]` below `classes`; raises `Damaged`."""
    labels = _read(path, 1)
    if len(labels) == 0:
        raise Damaged("it holds no labels")
    if labels.max() >= classes:
        raise Damaged(f"it holds the label {labels.max()}, and there are {classes} classes")
    return labels.astype(np.int64)


def _read(path: Path, dimensions: int) -> np.ndarray:
    """Return the unsigned bytes of a file of so many dimensions, which must be all there."""
    with path.open("rb") as file:
        header = file.read(4 + 4 * dimensions)
        if len(header) < 4 + 4 * dimensions or header[:4] != bytes((0, 0, _BYTES, dimensions)):
            raise Damaged(f"its header is not that of an idx{dimensions} file of bytes")
        shape = tuple(map(int, np.frombuffer(header, ">u4", offset=4)))
        expected, actual = len(header) + math.prod(shape), path.stat().st_size
        if actual != expected:
            raise Damaged(f"it has {actual:,} bytes and its header announces {expected:,}")
        return np.fromfile(file, np.uint8).reshape(shape)
