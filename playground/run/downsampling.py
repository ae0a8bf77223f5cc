"""Long series in few points: batch losses as they come, lines to draw. Standard library only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil, isfinite

LIMIT = 250
"""Points kept: about one per two pixels of the chart's width."""

LINE_LIMIT = 500
"""Points per line: more than a chart has pixels to tell apart."""


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

    @classmethod
    def of(cls, points: Sequence[BatchPoint]) -> LossHistory:
        """Return a history that goes on where `points` were taken."""
        history = cls()
        history._points = list(points)
        history._batches_per_point = max((point.count for point in points), default=1)
        return history

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


def debiased_average(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of `values`, debiased as TensorBoard does it.

    `weight` is the share of the past that is kept: 0 leaves the values as they are. Dividing by
    1 - weight^n takes out the pull towards zero that the first values would feel.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"smoothing {weight} is outside its range: choose 0 or more and below 1")
    average, remembered, averages = 0.0, 0.0, []
    for value in values:
        average = weight * average + (1 - weight) * value
        remembered = weight * remembered + (1 - weight)
        averages.append(average / remembered)
    return averages


def thin(values: Sequence[float], limit: int = LINE_LIMIT, keep: Collection[int] = ()) -> list[int]:
    """Return the indices, at most `limit` and in order, that draw the same line as all `values`.

    Each stretch of neighbours keeps its minimum and its maximum; the first index and those of
    `keep` always stay. A short line keeps every index.
    """
    count = len(values)
    if count <= limit:
        return list(range(count))
    kept = {0, *keep}
    stretches = max(1, (limit - len(kept)) // 2)
    width = ceil(count / stretches)
    for start in range(0, count, width):
        stretch = range(start, min(start + width, count))
        kept.add(min(stretch, key=values.__getitem__))
        kept.add(max(stretch, key=values.__getitem__))
    return sorted(kept)
