"""Arrays from disk, read as if a stranger had written them."""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

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
_NUMBERS = frozenset(["|b1", "|u1", "|i1", "<i2", "<i4", "<i8", "<f2", "<f4", "<f8"])


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
    _require_file(file)
    with file.open("rb") as stream:
        head = _HEAD.match(stream.read(_LONGEST_HEAD))
        if head is None or head[1] != kind.str.encode():
            raise ValueError(f"{file.name} holds no {kind}")
        found = _shape(head)
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


def read_arrays(file: Path) -> Mapping[str, NDArray[Any]]:
    """Return the numbers of an `.npz` file by name; raises `OSError` and `ValueError`.

    Its sums are compared, and what it holds takes no more room than the file: nothing in it is
    packed.
    """
    _require_file(file)
    arrays = {}
    try:
        with ZipFile(file) as archive:
            for member in archive.infolist():
                if member.compress_type != ZIP_STORED or member.flag_bits & 1:
                    raise ValueError(f"{file.name} is packed")
                arrays[member.filename.removesuffix(".npy")] = array_in(archive.read(member))
    except (BadZipFile, EOFError, LookupError, OverflowError, RuntimeError, struct.error) as error:
        raise ValueError(f"{file.name} is damaged: {error}") from None
    return arrays


def array_in(content: bytes) -> NDArray[Any]:
    """Return the numbers of an `.npy` file that is in memory; raises `ValueError`."""
    head = _HEAD.match(content[:_LONGEST_HEAD])
    if head is None or head[1].decode() not in _NUMBERS:
        raise ValueError("no array of numbers")
    kind = np.dtype(head[1].decode())
    found = _shape(head)
    if len(content) != head.end() + prod(found) * kind.itemsize:
        raise ValueError("an array has not the length of its shape")
    return np.frombuffer(content, kind, offset=head.end()).reshape(found)


def _shape(head: re.Match[bytes]) -> tuple[int, ...]:
    return tuple(int(size) for size in head[2].replace(b" ", b"").split(b",") if size)


def _require_file(file: Path) -> None:
    """Raise `ValueError` for what is there and no file: a pipe would keep its reader for ever."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError(f"{file.name} is no file")
