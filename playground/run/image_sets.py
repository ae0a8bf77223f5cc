"""ImageSets: arrays that many runs and pages share, by the hash of what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.run.arrays import read_array
from playground.run.artifacts import Array
from playground.run.folder import save_arrays
from playground.run.home import home

Kind = Literal["validation", "samples"]

_KINDS = ("|u1", "<f4", "<i8")  # pixels, numbers, labels and positions

# A mapped file stays open: only where reading all of it would cost more than that.
_MAPPED_BYTES = 2_000_000

_KEY = re.compile(r"[0-9a-zA-Z_-]{1,100}")


@dataclass(frozen=True, slots=True)
class ImageSet:
    """The validation images of runs, or the samples of a preview: whole files, one an array."""

    kind: Kind
    key: str

    @property
    def folder(self) -> Path:
        """Where it lies; nowhere for what is no key, such as one that would lead elsewhere."""
        return home() / self.kind / (self.key if _KEY.fullmatch(self.key) else "none")

    def put(self, arrays: Mapping[str, Array]) -> None:
        """Write those arrays that are not there yet; raises `OSError`."""
        for name, array in arrays.items():
            file = self.folder / f"{name}.npy"
            if not file.exists():
                save_arrays(file, array)

    def array(self, name: str) -> Array | None:
        """Return an array, a large one read as it is looked at; None where none of ours is."""
        file = self.folder / f"{name}.npy"
        for kind in _KINDS:
            try:
                return read_array(file, kind, mapped=file.stat().st_size > _MAPPED_BYTES)
            except (OSError, ValueError):
                continue
        return None
