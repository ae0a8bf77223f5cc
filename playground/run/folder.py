"""RunFolder: what lies where in the folder of a run, and its artifacts on this machine's disk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from playground.run.arrays import read_array, read_arrays
from playground.run.artifacts import FORMS, Array, Artifact
from playground.run.home import run_folder
from playground.run.part_files import replacing

Checkpoint = Literal["last", "previous", "best"]

_EPOCH = re.compile(r"(?P<name>[a-z]+)-(?P<epoch>\d{4,9})\.np[yz]")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run: its document, fence, checkpoints, openings of the seal, artifacts."""

    path: Path

    @classmethod
    def of(cls, run_id: str) -> RunFolder:
        """Return a run's folder; raises `UnknownRun` for what is no id of a run."""
        return cls(run_folder(run_id))

    @property
    def document(self) -> Path:
        """What is known of the run, as JSON."""
        return self.path / "run.json"

    @property
    def fence(self) -> Path:
        """The number under which the run is written now."""
        return self.path / "fence"

    @property
    def stop_request(self) -> Path:
        """That the run is to end, asked by another process (see `stopping`)."""
        return self.path / "stop"

    @property
    def openings(self) -> Path:
        """How often the test images were looked at."""
        return self.path / "test_openings.json"

    @property
    def verdicts(self) -> Path:
        """What a person says of training images."""
        return self.path / "verdicts.json"

    @property
    def verification(self) -> Path:
        """What came of running the run's script (see `verification`)."""
        return self.path / "verification.json"

    def checkpoint(self, kind: Checkpoint) -> Path:
        """Return a checkpoint: the "last", the "previous" one, or the "best" by loss."""
        return self.path / ("checkpoint.pt" if kind == "last" else f"checkpoint-{kind}.pt")

    def put(self, artifact: Artifact) -> None:
        """Keep an artifact: a reader finds all of it or none. Raises `OSError`."""
        is_one = isinstance(artifact.content, np.ndarray)
        file = self._file(artifact.name, artifact.epoch, "npy" if is_one else "npz")
        save_arrays(file, artifact.content)

    def array(self, name: str, epoch: int) -> Array | None:
        """Return what was put as one array; None where it is not there, or is damaged."""
        try:
            return read_array(self._file(name, epoch, "npy"), *FORMS[name])
        except (KeyError, OSError, ValueError):
            return None

    def arrays(self, name: str, epoch: int) -> Mapping[str, Array] | None:
        """Return what was put as several arrays; None where it is not there, or is damaged."""
        try:
            return read_arrays(self._file(name, epoch, "npz"))
        except (OSError, ValueError):
            return None

    def epochs(self, name: str) -> list[int]:
        """Return the epochs that have an artifact of this name, in order."""
        try:
            found = [_EPOCH.fullmatch(file.name) for file in self.path.iterdir()]
        except OSError:
            return []
        return sorted(int(each["epoch"]) for each in found if each and each["name"] == name)

    def remove(self, name: str, epoch: int) -> None:
        """Let go of an artifact; one that is not there, or cannot be removed, is left."""
        for kind in ("npy", "npz"):
            with suppress(OSError):  # what stays takes room and does no harm
                self._file(name, epoch, kind).unlink(missing_ok=True)

    def _file(self, name: str, epoch: int, kind: str) -> Path:
        return self.path / f"{name}-{epoch:04}.{kind}"


def save_arrays(file: Path, content: Array | Mapping[str, Array]) -> None:
    """Write one array (`.npy`) or several (`.npz`) so that a reader finds the whole file or none.

    Without waiting for the disk, which could take longer than an epoch of a small network. Raises
    `OSError`.
    """
    with replacing(file, lasting=False) as part, part.open("wb") as stream:
        if isinstance(content, np.ndarray):
            np.save(stream, content, allow_pickle=False)
        else:
            # In rows: whoever reads takes no other order.
            rows = {name: np.asarray(array, order="C") for name, array in content.items()}
            np.savez(stream, allow_pickle=False, **rows)
