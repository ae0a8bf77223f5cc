"""The batches of CIFAR-10: Python pickles, read without running anything that is in them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from playground.engine.images.sources.archives import Damaged


def read_cifar_batch(
    path: Path, shape: tuple[int, int, int], classes: int
) -> tuple[Tensor, Tensor]:
    """Return images uint8 `[N, *shape]` and labels int64 `[N]` of one batch; raises `Damaged`."""
    try:
        with path.open("rb") as file:
            batch = _PlainUnpickler(file, encoding="bytes").load()
    except OSError:
        raise
    except Exception as error:
        # A damaged pickle can raise nearly anything: it is a program, and the bytes are wrong.
        raise Damaged(f"it is not a CIFAR batch: {error}") from error
    if not isinstance(batch, dict):
        raise Damaged("it is not a CIFAR batch: it holds no dictionary")
    pixels = _pixels(batch.get(b"data"), shape)
    labels = batch.get(b"labels")
    if not isinstance(labels, list) or len(labels) != len(pixels):
        raise Damaged("it has no label for each image")
    if not all(type(label) is int and 0 <= label < classes for label in labels):
        raise Damaged(f"its labels are not whole numbers from 0 to {classes - 1}")
    return pixels, torch.tensor(labels, dtype=torch.int64)


def _pixels(array: object, shape: tuple[int, int, int]) -> Tensor:
    """Build the images from the recorded state of a numpy array."""
    match array:
        case _Array(state=(_, (int(count), int(_)), _Type(name="u1" | b"u1"), _, bytes(raw))):
            pass
        case _:
            raise Damaged("its images are not an array of bytes")
    if count == 0 or len(raw) != count * int(np.prod(shape)):
        raise Damaged(f"it has {len(raw):,} bytes for {count:,} images")
    images = np.frombuffer(raw, dtype=np.uint8).reshape(count, *shape)
    return torch.from_numpy(images.copy())  # the bytes themselves are read-only


class _Array:
    """Stands in for a numpy array: keeps the state it would be given, and runs nothing."""

    def __init__(self, *arguments: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _Type:
    """Stands in for a numpy type: keeps its name."""

    def __init__(self, name: object = None, *arguments: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        pass


def _bytes(text: str = "", encoding: str = "latin1") -> bytes:
    """Stand in for `_codecs.encode`, by which protocol 2 spells bytes; knows no other encoding."""
    return text.encode("latin1")


class _PlainUnpickler(pickle.Unpickler):
    """Resolves the few names that a numpy array needs, each to something harmless."""

    _ALLOWED: ClassVar[dict[tuple[str, str], Any]] = {
        ("numpy.core.multiarray", "_reconstruct"): _Array,
        ("numpy._core.multiarray", "_reconstruct"): _Array,
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Type,
        ("_codecs", "encode"): _bytes,
        ("builtins", "bytes"): _bytes,
        ("__builtin__", "bytes"): _bytes,  # Python 2's name of the same, which protocol 2 keeps
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None
