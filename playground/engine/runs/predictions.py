"""The validation images, written once for all runs that have the same."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.engine.images.data import TrainingData
from playground.run.image_sets import ImageSet


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
    ImageSet("validation", key).put(arrays)
    return key
