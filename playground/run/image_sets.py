"""ImageSets: arrays that many runs and pages share, by the hash of what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.run.arrays import read_array
from playground.run.artifacts import Array
from playground.run.folder import save_arrays
from playground.run.home import home
from playground.run.sweeping import LARGE, make_room, note_look

WALL_SIZE = 24  # images on the wall

Kind = Literal["validation", "training", "samples", "features"]

_KINDS = ("|u1", "<f4", "<i8")  # pixels, numbers, labels and positions

# A mapped file stays open: only where reading all of it would cost more than that.
_MAPPED_BYTES = 2_000_000

_KEY = re.compile(r"[0-9a-zA-Z_-]{1,100}")


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images of runs, by role, or the samples of a preview: whole files, one an array."""

    kind: Kind
    key: str

    @property
    def folder(self) -> Path:
        """Where it lies; nowhere for what is no key, such as one that would lead elsewhere."""
        return home() / self.kind / (self.key if _KEY.fullmatch(self.key) else "none")

    def put(self, arrays: Mapping[str, Array]) -> None:
        """Write those arrays that are not there yet; raises `OSError`."""
        self.look()
        files = {self.folder / f"{name}.npy": array for name, array in arrays.items()}
        missing = {file: array for file, array in files.items() if not file.exists()}
        if (size := sum(array.nbytes for array in missing.values())) >= LARGE:
            make_room(size)
        for file, array in missing.items():
            save_arrays(file, array)

    def look(self) -> None:
        """Note that somebody looks at it: what nobody has looked at for long may be swept."""
        note_look(self.folder)

    def array(self, name: str) -> Array | None:
        """Return an array, a large one read as it is looked at; None where none of ours is."""
        self.look()
        file = self.folder / f"{name}.npy"
        for kind in _KINDS:
            try:
                return read_array(file, kind, mapped=file.stat().st_size > _MAPPED_BYTES)
            except (OSError, ValueError):
                continue
        return None


def fixed_positions(labels: Sequence[int] | NDArray[np.int64], count: int) -> list[int]:
    """Return `count` positions, as many of each class as there can be, sorted by class."""
    array = np.asarray(labels)
    by_class = [np.flatnonzero(array == label).tolist() for label in np.unique(array)]
    chosen: list[int] = []
    rank = 0
    while len(chosen) < min(count, len(array)):
        chosen += [positions[rank] for positions in by_class if rank < len(positions)]
        rank += 1
    return sorted(chosen[:count], key=lambda position: (array[position], position))
