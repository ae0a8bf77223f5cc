"""The last hidden layer of a run: its map over the epochs, and who is near to whom in it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from playground.run.questions import Question, Setup

MOST_IMAGES = 1_000
"""Validation images on a map."""

MOST_CANDIDATES = 2_000
"""Training images among which the nearest are looked for."""

NEAREST = 8

Method = Literal["PCA", "t-SNE"]


@dataclass(frozen=True, slots=True)
class Packed:
    """An array on its way to the page: its numbers, row after row, in base64."""

    kind: Literal["<f4", "<u2", "<i4"]
    shape: tuple[int, ...]
    content: str

    @classmethod
    def of(cls, array: NDArray[Any], kind: Literal["<f4", "<u2", "<i4"]) -> Packed:
        """Return an array, its numbers as this `kind`."""
        content = np.ascontiguousarray(array, dtype=kind).tobytes()
        return cls(kind, array.shape, b64encode(content).decode("ascii"))

    @property
    def array(self) -> NDArray[Any]:
        """The array."""
        return np.frombuffer(b64decode(self.content), self.kind).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class LastLayer:
    """What the last hidden layer makes of N validation images after each of E `epochs`.

    `positions` `[N]` are those of the images. `places` `[E, N, 2]` lie on a map around zero, each
    epoch's scaled to the same spread and turned towards those of the epoch before; `shown` is the
    share of the layer's variance that they hold, by epoch (none for t-SNE). `nearest`
    `[E, N, NEAREST]` are positions among the `candidates`, training images that lie as an
    `ImageSet` of this key: `candidate_count` of `training_count`. `size` numbers are in `layer`;
    with `is_input` there is no hidden layer, and they are the inputs.
    """

    epochs: tuple[int, ...]
    layer: str
    size: int
    is_input: bool
    positions: Packed
    places: Packed
    shown: tuple[float, ...] = ()
    nearest: Packed | None = None
    candidates: str = ""
    candidate_count: int = 0
    training_count: int = 0


@dataclass(frozen=True, slots=True)
class LastLayerQuestion(Question[LastLayer]):
    """What does the last hidden layer make of the validation images, and what is near to them?

    Of epochs whose weights are kept, ascending; 0 is the network as its seed makes it. Where so
    many of a large network would take too long, the answer has fewer epochs, or fewer images. With
    an `image`, a position among the validation images, of that one alone. By t-SNE it has a map
    and no neighbours. `fingerprint` is that of the images of the run.
    """

    run: str
    experiment: Setup
    fingerprint: str
    epochs: Annotated[tuple[int, ...], Field(min_length=1, max_length=200)]
    method: Method = "PCA"
    image: Annotated[int, Field(ge=0)] | None = None
