"""IDX files, the format of MNIST and its relatives: checked by us, read by torchvision."""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor
from torchvision.datasets.mnist import read_image_file, read_label_file

from playground.engine.images.sources.archives import Damaged

_BYTES = 8  # the type code of unsigned bytes


def check_idx(path: Path, dimensions: int) -> tuple[int, ...]:
    """Return the shape that the header of `path` announces.

    Raises `Damaged` unless it holds unsigned bytes in that many dimensions, and all of them.
    """
    with path.open("rb") as file:
        header = file.read(4 + 4 * dimensions)
    if len(header) < 4 + 4 * dimensions or header[:4] != bytes((0, 0, _BYTES, dimensions)):
        raise Damaged(f"its header is not that of an idx{dimensions} file of bytes")
    sizes = (header[start : start + 4] for start in range(4, len(header), 4))
    shape = tuple(int.from_bytes(size, "big") for size in sizes)
    expected = len(header) + math.prod(shape)
    actual = path.stat().st_size
    if actual != expected:
        raise Damaged(f"it has {actual:,} bytes and its header announces {expected:,}")
    return shape


def read_idx_images(path: Path, height: int, width: int) -> Tensor:
    """Return the images of an IDX file, uint8 `[N, 1, H, W]`; raises `Damaged`."""
    count, *size = check_idx(path, 3)
    if count == 0:
        raise Damaged("it holds no images")
    if size != [height, width]:
        raise Damaged(f"its images have {size[0]}×{size[1]} pixels, not {height}×{width}")
    images: Tensor = read_image_file(str(path))
    return images[:, None]


def read_idx_labels(path: Path, classes: int) -> Tensor:
    """Return the labels of an IDX file, int64 `[N]` below `classes`; raises `Damaged`."""
    if check_idx(path, 1) == (0,):
        raise Damaged("it holds no labels")
    labels: Tensor = read_label_file(str(path))
    if int(labels.max()) >= classes:
        raise Damaged(f"it holds the label {int(labels.max())}, and there are {classes} classes")
    return labels
