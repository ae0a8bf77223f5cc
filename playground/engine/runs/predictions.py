"""The images whose predictions are stored, written once for all runs that have the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.engine.images.data import TrainingData
from playground.run.image_sets import WALL_SIZE, ImageSet, Kind, fixed_positions


def save_validation_images(data: TrainingData, *, for_the_wall: bool = False) -> str:
    """Write the validation images, labels and positions where pages find them; return their key.

    Those `for_the_wall` are the few that it shows before a run: of large images all would take
    hundreds of megabytes, for everybody who only looks.
    """
    labels = data.validation.labels.numpy()
    shown = fixed_positions(labels, WALL_SIZE) if for_the_wall else slice(None)
    return save_images(
        "validation",
        {
            "images": data.validation.inputs.numpy()[shown],
            "labels": labels[shown],
            "indices": data.validation_indices.numpy()[shown],
        },
    )


def save_images(kind: Kind, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write images of a role and what is known of each; return their key.

    It is a hash of the content, so runs with the same images share one copy. Files: `images.npy`
    uint8 `[N, C, H, W]`, `labels.npy` int64 `[N]`, `indices.npy` int64 `[N]`. Raises `OSError`.
    """
    digest = hashlib.sha256()
    for array in arrays.values():
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).data)
    key = digest.hexdigest()[:24]
    ImageSet(kind, key).put(arrays)
    return key
