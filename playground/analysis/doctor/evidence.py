"""Evidence: all that a run recorded, and what every rule asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from playground.analysis.layer_statistics import LayerStatistics, Probe
from playground.analysis.stored_answers import StoredAnswers
from playground.experiment import Experiment
from playground.run.downsampling import BatchPoint
from playground.run.facts import EpochFacts, StartFacts
from playground.run.records import EpochRecord, StartedRecord

# The smallest float16: what is stored as 0 is less than this.
_LEAST = 6e-8


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a run recorded; what it did not is empty or None.

    `status` is that of a snapshot. `is_secret` says that the run hides a mystery that nobody has
    guessed yet. Of the experiment's settings the rules take what proposes a fix, and never which
    pitfall is on.
    """

    experiment: Experiment
    status: str = "finished"
    message: str = ""
    started: StartedRecord | None = None
    records: tuple[EpochRecord, ...] = ()
    batches: tuple[BatchPoint, ...] = ()
    answers: StoredAnswers | None = None
    start: StartFacts | None = None
    facts: Mapping[int, EpochFacts] = field(default_factory=dict)
    layers: tuple[LayerStatistics, ...] = ()
    is_secret: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.status not in ("queued", "running", "paused")

    @property
    def is_complete(self) -> bool:
        """Whether it has trained all the epochs that were planned."""
        return len(self.records) >= self.experiment.training.epochs

    @property
    def is_ripe(self) -> bool:
        """Whether it can be said to do badly: over, or half way and three epochs along."""
        done = len(self.records)
        return self.is_over or done >= max(3, self.experiment.training.epochs / 2)

    @cached_property
    def classes(self) -> int:
        """How many classes there are to tell apart, at least two."""
        known = len(self.started.class_names) if self.started else 0
        return max(2, known or (self.answers.classes if self.answers else 0))

    @property
    def guessing(self) -> float:
        """The loss of guessing: ln(classes)."""
        return log(self.classes)

    @property
    def images(self) -> int:
        """How many validation images there are; 0 where that is not known."""
        return self.started.validation_images if self.started else 0

    @cached_property
    def chance(self) -> float:
        """The share that is right by always naming the largest class of the validation images."""
        counts = np.array(self.start.validation_counts if self.start else ())
        counts = counts[np.isfinite(counts) & (counts >= 0)]
        largest = float(counts.max() / counts.sum()) if counts.sum() > 0 else 0.0
        return min(1.0, max(1 / self.classes, largest))

    @property
    def last(self) -> EpochRecord | None:
        """The last epoch."""
        return self.records[-1] if self.records else None

    @cached_property
    def best(self) -> EpochRecord | None:
        """The first epoch of the highest validation accuracy."""
        return max(
            (each for each in self.records if isfinite(each.validation_accuracy)),
            key=lambda each: each.validation_accuracy,
            default=None,
        )

    def error(self, share: float) -> float:
        """Return the standard error of a share of the validation images; never 0."""
        images = max(1, self.images)
        share = min(1.0, max(0.0, share)) if isfinite(share) else 0.5
        return sqrt(max(share * (1 - share), 0.5 / images) / images)

    @cached_property
    def reference(self) -> tuple[float, float]:
        """What a linear model gets right, and its standard error; (chance, 0) where unknown.

        It is fitted on at most 2,000 small images, so a network should beat it.
        """
        linear = share_of(self.start.linear_validation) if self.start else None
        return linear or (self.chance, 0.0)

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The loss of each validation image after each stored epoch, `[E, N]`; else empty."""
        if self.answers is None:
            return np.empty((0, 0))
        return -np.log(np.maximum(self.answers.given.astype(np.float64), _LEAST))

    @cached_property
    def places(self) -> dict[int, int]:
        """The row of each stored epoch in `answers` and `losses`."""
        return {epoch: row for row, epoch in enumerate(self.answers.epochs if self.answers else ())}

    @cached_property
    def rehearsed(self) -> dict[int, EpochFacts]:
        """The facts of those epochs after which steps were rehearsed, ascending."""
        return {epoch: each for epoch, each in sorted(self.facts.items()) if each.losses}

    @property
    def first_probe(self) -> Probe | None:
        """What the untrained network was like on a few training images."""
        return self.layers[0].probe if self.layers and self.layers[0].epoch == 0 else None


def share_of(counted: tuple[float, ...]) -> tuple[float, float] | None:
    """Return the share (images, right) stands for, and its standard error; None of nothing."""
    if len(counted) != 2 or not all(map(isfinite, counted)) or not 0 <= counted[1] <= counted[0]:
        return None
    images, right = counted
    if images < 1:
        return None
    share = right / images
    return share, sqrt(max(share * (1 - share), 0.5 / images) / images)
