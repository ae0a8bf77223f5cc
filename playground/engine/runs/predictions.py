"""What the evaluation pages need on disk: validation images once, probabilities per epoch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.engine.images.data import TrainingData
from playground.run.home import probabilities_file, validation_folder
from playground.run.part_files import new_part


def save_validation_images(data: TrainingData) -> str:
    """Write the validation images, labels and positions where pages find them; return their key.

    The key is a hash of the content, so runs with the same validation images share one copy.
    Files: `images.npy` uint8 `[N, C, H, W]`, `labels.npy` int64 `[N]`, `indices.npy` int64 `[N]`.
    """
    arrays: dict[str, NDArray[Any]] = {
        "images": data.validation.inputs.numpy(),
        "labels": data.validation.labels.numpy(),
        "indices": data.validation_indices.numpy(),
    }
    digest = hashlib.sha256()
    for array in arrays.values():
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    key = digest.hexdigest()[:24]
    folder = validation_folder(key)
    for name, array in arrays.items():
        file = folder / f"{name}.npy"
        if not file.exists():
            save_array(file, array)
    return key


def save_probabilities(folder: Path, epoch: int, probabilities: NDArray[np.float16]) -> None:
    """Write an epoch's class probabilities `[N, classes]` into the run's folder."""
    save_array(probabilities_file(folder, epoch), probabilities)


def save_array(file: Path, array: NDArray[Any]) -> None:
    """Write `array` so that a reader finds the whole file or none; raises `OSError`.

    Without waiting for the disk, which could take longer than an epoch of a small network.
    """
    part = new_part(file)
    try:
        with part.open("wb") as stream:
            np.save(stream, array)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
