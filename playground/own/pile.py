"""Pile: the images of one reading, on disk as they come, then written as a data set."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from playground.own.likeness import thumbnail
from playground.own.limits import Limits
from playground.own.refusals import Refused

_AT_ONCE = 256  # images copied at a time


class Pile:
    """Images `[side, side, 3]` in a file, with what is kept of each in memory."""

    def __init__(self, file: Path, side: int, limits: Limits) -> None:
        self.side = side
        self._file, self._limits = file, limits
        self._stream: IO[bytes] = file.open("wb+")
        self.classes: list[str] = []
        self.tests: list[bool | None] = []
        self.names: list[str] = []
        self.digests: list[bytes] = []
        self.thumbnails: list[NDArray[np.uint8]] = []
        self.is_grey = True

    def __len__(self) -> int:
        return len(self.classes)

    def add(
        self, pixels: NDArray[Any], class_name: str, name: str, is_test: bool | None, is_grey: bool
    ) -> None:
        """Put an image on the pile; raises `Refused` where it becomes too large."""
        content = np.ascontiguousarray(pixels).tobytes()
        self.is_grey = self.is_grey and is_grey
        if (len(self) + 1) * len(content) // (3 if self.is_grey else 1) > self._limits.kept:
            raise Refused(self._limits.too_much_kept(self.side))
        self._stream.write(content)
        self.classes.append(class_name)
        self.tests.append(is_test)
        self.names.append(name)
        self.digests.append(hashlib.blake2b(content, digest_size=8).digest())
        self.thumbnails.append(thumbnail(pixels))

    def images(self, places: Sequence[int], channels: int) -> Iterator[NDArray[np.uint8]]:
        """Yield the images at ascending `places`, uint8 `[some, channels, side, side]`."""
        self._stream.flush()
        for start in range(0, len(places), _AT_ONCE):
            some = [self._read(place) for place in places[start : start + _AT_ONCE]]
            pixels = np.stack(some)
            if channels == 1:
                weights = np.array([0.299, 0.587, 0.114], np.float32)
                pixels = np.rint(pixels @ weights).astype(np.uint8)[..., None]
            yield np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))

    def _read(self, place: int) -> NDArray[np.uint8]:
        size = self.side * self.side * 3
        content = os.pread(self._stream.fileno(), size, place * size)
        return np.frombuffer(content, np.uint8).reshape(self.side, self.side, 3)

    def close(self) -> None:
        """Remove the file."""
        self._stream.close()
        self._file.unlink(missing_ok=True)


class ArraysFile:
    """Writes a data set's arrays a portion at a time, and the fingerprint of all that is in it."""

    def __init__(self, file: Path, class_names: Sequence[str]) -> None:
        self._archive = zipfile.ZipFile(file, "w")
        self._digest = hashlib.sha256(json.dumps(list(class_names)).encode())

    def write(
        self, name: str, shape: tuple[int, ...], kind: str, portions: Iterator[NDArray[Any]]
    ) -> None:
        """Write an array of this shape and type, whose portions these are."""
        head = {"descr": kind, "fortran_order": False, "shape": shape}
        self._digest.update(f"{name} {shape} ".encode())
        with self._archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
            npy.write_array_header_1_0(stream, head)
            for portion in portions:
                content = portion.tobytes()
                self._digest.update(content)
                stream.write(content)

    def close(self) -> str:
        """Finish the file and return the fingerprint."""
        self._archive.close()
        return self._digest.hexdigest()[:32]
