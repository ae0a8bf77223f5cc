"""Arrays from disk, read as if a stranger had written them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

_LONGEST_HEADER = 1_000  # bytes; those of our own arrays have 128


def read_array(
    file: Path,
    dtype: DTypeLike,
    shape: tuple[int | None, ...],
    within: tuple[float, float] | None = None,
    *,
    mapped: bool = False,
) -> NDArray[Any]:
    """Return the array of an `.npy` file that has this type and shape, None being any length.

    With `within`, every value lies between these two, both included (and is a number). With
    `mapped` the values stay on disk until they are looked at. Raises `OSError`, and `ValueError`
    for every file that `numpy.save` would not have made of such an array.
    """
    with file.open("rb") as stream:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError(f"{file.name} has another version of its format")
        found, is_fortran, kind = npy.read_array_header_1_0(stream, max_header_size=_LONGEST_HEADER)
        if kind != np.dtype(dtype) or is_fortran:
            raise ValueError(f"{file.name} holds {kind}, not {np.dtype(dtype)} in order")
        if len(found) != len(shape) or any(
            size < 0 or wanted not in (None, size)
            for size, wanted in zip(found, shape, strict=True)
        ):
            raise ValueError(f"{file.name} has the shape {found}, not {shape}")
        start, count = stream.tell(), int(np.prod(found, dtype=object))
        if os.fstat(stream.fileno()).st_size != start + count * kind.itemsize:
            raise ValueError(f"{file.name} has not the length of its shape")
        array: NDArray[Any]
        if mapped and count:
            array = np.memmap(stream, kind, "r", start, found)
        else:
            array = np.frombuffer(stream.read(), kind).reshape(found)
    # Written so that what is no number lies nowhere.
    if within and not ((array >= within[0]) & (array <= within[1])).all():
        raise ValueError(f"{file.name} has values that are not from {within[0]} to {within[1]}")
    return array
