"""ImageSets: arrays that many runs and pages share, by the hash of what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.run.artifacts import Array
from playground.run.folder import load_array, save_arrays
from playground.run.home import home

Kind = Literal["validation", "samples"]

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
        """Return an array, a large one read as it is looked at; None where it is not there."""
        return load_array(self.folder / f"{name}.npy")
