"""Artifacts: arrays that an epoch leaves behind beside its record, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

PROBABILITIES = "probabilities"
"""The class probabilities of the validation images after an epoch, float16 `[N, classes]`."""

# Type, shape and range of the artifacts that are one array.
FORMS: dict[str, tuple[str, tuple[int | None, ...], tuple[float, float]]] = {
    PROBABILITIES: ("<f2", (None, None), (0.0, 1.0)),
}

LAYERS = "layers"
"""What the layers were like on a few training images after an epoch (see `layer_columns`)."""

START, FACTS = "start", "facts"
"""What is noted for a diagnosis (see `facts`): of the images once, and after every epoch."""

# Those that every epoch leaves behind, of which a run that is over keeps some.
OF_EVERY_EPOCH = (PROBABILITIES, LAYERS, FACTS)

WEIGHTS = "weights"
"""The network's weights and statistics after an epoch, by the names of its state dictionary."""


@dataclass(frozen=True, eq=False, slots=True)
class Artifact:
    """What an epoch leaves behind under `name`: one array, or several by their own names."""

    name: str
    epoch: int
    content: Array | Mapping[str, Array]


class Artifacts(Protocol):
    """The artifacts of one run, wherever they lie.

    Whatever looks at a run reads them here, and whatever computes one puts them here: a lane on
    another machine brings its own.
    """

    def put(self, artifact: Artifact) -> None:
        """Keep an artifact: a reader finds all of it or none. Raises `OSError`."""

    def array(self, name: str, epoch: int) -> Array | None:
        """Return what was put as one array; None where it is not there, or is damaged."""

    def arrays(self, name: str, epoch: int) -> Mapping[str, Array] | None:
        """Return what was put as several arrays; None where it is not there, or is damaged."""

    def epochs(self, name: str) -> list[int]:
        """Return the epochs that have an artifact of this name, in order."""

    def remove(self, name: str, epoch: int) -> None:
        """Let go of an artifact; one that is not there, or cannot be removed, is left."""


def nbytes(content: Array | Mapping[str, Array]) -> int:
    """Return the size of an artifact's content."""
    arrays = [content] if isinstance(content, np.ndarray) else content.values()
    return sum(array.nbytes for array in arrays)
