"""Look: what all views of the Inspect page share: the run, its answers, the epoch, the class."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.analysis.confusion import confusions
from playground.analysis.stored_answers import Flags, Integers, StoredAnswers
from playground.service import RunSnapshot
from playground.service.predictions import Role, ValidationImages, probabilities
from playground.ui.state import INSPECTED_IMAGE, Key

CLASS: Key[int | None] = Key("inspect-class")
TRUTH: Key[int | None] = Key("inspect-truth")
SAID: Key[int | None] = Key("inspect-said")
"""The class looked at, and those of the cell of the matrix: by number, so of these `_NAMES`."""
_NAMES: Key[tuple[str, ...]] = Key("inspect-names")
IMAGE = INSPECTED_IMAGE


def keep_within(key: Key[Any], options: Container[object]) -> None:
    """Let go of a choice that is none of the `options` any more, as of a run looked at before."""
    if key.get() is not None and key.get() not in options:
        key.forget()


def keep_classes(names: tuple[str, ...]) -> None:
    """Let go of the classes chosen where they are not of these names, as of another run."""
    if _NAMES.get_or_set(names) != names:
        for key in (CLASS, TRUTH, SAID):
            key.forget()
        _NAMES.set(names)


@dataclass(frozen=True)
class Look:
    """The answers of a run: `whole` of all stored epochs, `chosen` the class, None for all.

    `epoch` is the stored one that the slider names. The images are those of a `role`. `notes` says
    more of some by their numbers in the data set. Images whose `shares` `[N, classes]` are given
    were asked once, by other networks; of the others the run has stored what was said.
    """

    snapshot: RunSnapshot
    data: ValidationImages
    whole: StoredAnswers
    epoch: int
    chosen: int | None
    role: Role = "validation"
    key: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    shares: NDArray[Any] | None = None

    @property
    def run_id(self) -> str:
        """The run looked at."""
        return self.snapshot.run_id

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, as many as the network tells apart."""
        known = self.snapshot.started.class_names if self.snapshot.started else ()
        rest = range(len(known), self.whole.classes)
        return (*known[: self.whole.classes], *map(str, rest))

    @property
    def validation_key(self) -> str:
        """The name of the set of its validation images."""
        return self.snapshot.started.validation_key if self.snapshot.started else ""

    @property
    def image(self) -> Key[int | None]:
        """Where the position of the image looked at closely is kept."""
        if self.role == "validation":
            return IMAGE
        return Key("inspect-training-image" if self.shares is None else "inspect-suspect-image")

    @property
    def truth_name(self) -> str:
        """What to call the class that an image is said to be of: a label may be wrong."""
        return "true class" if self.role == "validation" else "label"

    @property
    def image_key(self) -> str:
        """The name of the set of the images looked at."""
        return self.key or self.validation_key

    @property
    def predicted(self) -> NDArray[Any] | None:
        """What is said of each image at the epoch, `[N, classes]`; None where it is not stored."""
        if self.shares is not None:
            return self.shares
        return probabilities(self.run_id, self.epoch, self.role)

    @cached_property
    def answers(self) -> StoredAnswers:
        """The answers up to the epoch that the slider names."""
        return self.whole.between(0, self.epoch)

    @cached_property
    def all_counts(self) -> Integers:
        """The confusion after each stored epoch, `[E, classes, classes]`."""
        return confusions(self.whole)

    @property
    def counts(self) -> Integers:
        """The confusion after each epoch up to the one that the slider names."""
        return self.all_counts[: len(self.answers.epochs)]

    @property
    def right(self) -> Flags:
        """Which images are right at the epoch, `[N]`."""
        right: Flags = self.answers.right[-1]
        return right

    def of_class(self, positions: Integers) -> Integers:
        """Return those of the images that are of the class that is chosen."""
        if self.chosen is None:
            return positions
        return positions[np.flatnonzero(self.data.labels[positions] == self.chosen)]
