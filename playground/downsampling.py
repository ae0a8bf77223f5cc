"""Batch losses in a bounded number of points, however long the run. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

LIMIT = 250
"""Points kept: about one per two pixels of the chart's width."""


@dataclass(frozen=True, slots=True)
class BatchPoint:
    """`count` neighbouring batch losses in one point: their mean, minimum and maximum in nats.

    `position` is where the last of them ended, in epochs: 2.5 is half-way through the third epoch.
    """

    position: float
    mean: float
    low: float
    high: float
    count: int = 1

    def merge(self, later: BatchPoint) -> BatchPoint:
        """Return one point for both; `later` is the one further to the right."""
        count = self.count + later.count
        low, high = min(self.low, later.low), max(self.high, later.high)
        # Shares before the sum, so that two huge losses of a diverging run do not overflow.
        mean = self.mean * (self.count / count) + later.mean * (later.count / count)
        return BatchPoint(later.position, min(max(mean, low), high), low, high, count)


class LossHistory:
    """The batch losses of one run in at most `limit` points of (nearly) equal counts.

    When full, neighbours are merged pairwise and every later point holds twice as many batches:
    constant memory, constant time per batch on average, and no spike is ever lost.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        if limit < 2:
            raise ValueError(f"limit {limit} leaves nothing to merge: choose 2 or more")
        self._limit = limit
        self._batches_per_point = 1
        self._points: list[BatchPoint] = []

    def add(self, epoch_position: float, loss: float) -> None:
        """Take in one batch that ended at `epoch_position` (in epochs) with this mean `loss`.

        Left out without an error: a loss that is not a finite number (it has no place on an axis),
        and a position that is not beyond the last one: after a restart from a checkpoint a run
        repeats batches, with the same losses.
        """
        if not (isfinite(loss) and isfinite(epoch_position)):
            return
        point = BatchPoint(epoch_position, loss, loss, loss)
        if not self._points:
            self._points.append(point)
            return
        last = self._points[-1]
        if epoch_position <= last.position:
            return
        if last.count < self._batches_per_point:
            self._points[-1] = last.merge(point)
            return
        if len(self._points) == self._limit:
            self._halve()
        self._points.append(point)

    def points(self) -> tuple[BatchPoint, ...]:
        """Return the points so far, positions strictly increasing; the last may be part-filled."""
        return tuple(self._points)

    def _halve(self) -> None:
        pairs = zip(self._points[::2], self._points[1::2], strict=False)
        odd = self._points[-1:] if len(self._points) % 2 else []
        self._points = [left.merge(right) for left, right in pairs] + odd
        self._batches_per_point *= 2
