"""Arrays from disk, read as if a stranger had written them."""

from __future__ import annotations

import os
import re
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# What `numpy.save` writes before the values, whose length ends it. Read to the letter: numpy's own
# reader takes any Python literal, and fails in many ways.
_HEAD = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([^']{1,9})', 'fortran_order': False, "
    rb"'shape': \(([0-9, ]{0,80})\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEAD = 256  # bytes; those of our arrays have 128


def read_array(
    file: Path,
    dtype: DTypeLike,
    shape: tuple[int | None, ...] | None = None,
    within: tuple[float, float] | None = None,
    *,
    mapped: bool = False,
) -> NDArray[Any]:
    """Return the array of an `.npy` file that has this type and shape, None being any.

    With `within`, every value lies between these two, both included (and is a number). With
    `mapped` the values stay on disk until they are looked at. Raises `OSError`, and `ValueError`
    for every file that `numpy.save` would not have made of such an array.
    """
    kind = np.dtype(dtype)
    with file.open("rb") as stream:
        head = _HEAD.match(stream.read(_LONGEST_HEAD))
        if head is None or head[1] != kind.str.encode():
            raise ValueError(f"{file.name} holds no {kind}")
        found = tuple(int(size) for size in head[2].replace(b" ", b"").split(b",") if size)
        if shape is not None and (
            len(found) != len(shape)
            or any(wanted not in (None, size) for size, wanted in zip(found, shape, strict=True))
        ):
            raise ValueError(f"{file.name} has the shape {found}, not {shape}")
        count = prod(found)
        if os.fstat(stream.fileno()).st_size != head.end() + count * kind.itemsize:
            raise ValueError(f"{file.name} has not the length of its shape")
        array: NDArray[Any]
        if mapped and count:
            array = np.memmap(stream, kind, "r", head.end(), found)
        else:
            stream.seek(head.end())
            array = np.frombuffer(stream.read(), kind).reshape(found)
    # Written so that what is no number lies nowhere.
    if within and not ((array >= within[0]) & (array <= within[1])).all():
        raise ValueError(f"{file.name} has values that are not from {within[0]} to {within[1]}")
    return array
