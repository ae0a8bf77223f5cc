"""Strokes: a drawing as a browser sends it, read as if a stranger had sent it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from playground.errors import PlaygroundError, shorten

UNIT = 1000
"""The side of the square that is drawn on: places and widths are whole numbers of its parts."""

MOST_STROKES, MOST_POINTS = 200, 6000
_BEYOND = UNIT // 10  # how far outside the square a pen may go
LEAST_WIDTH, MOST_WIDTH = 10, 250
_RULE = (
    f"A drawing is a list of up to {MOST_STROKES} strokes with {MOST_POINTS:,} points in all, each "
    f"stroke with a width from {LEAST_WIDTH} to {MOST_WIDTH} and points from {-_BEYOND} to "
    f"{UNIT + _BEYOND}: draw it again."
)

Point = tuple[int, int]  # across from the left edge, down from the upper one


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line of a pen of a `width`, through its `points`; a single point is a dot."""

    width: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The strokes, in the order in which they were drawn."""

    strokes: tuple[Stroke, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self.strokes

    def packed(self) -> list[dict[str, object]]:
        """Return what `read_drawing` reads: `{"w": width, "p": [across, down, across, …]}` each."""
        return [
            {"w": stroke.width, "p": [part for point in stroke.points for part in point]}
            for stroke in self.strokes
        ]


def read_drawing(sent: object) -> Drawing:
    """Return the drawing that a browser sent; raises `PlaygroundError` for what is none."""
    if not isinstance(sent, list) or len(sent) > MOST_STROKES:
        raise _no_drawing(sent)
    left, strokes = MOST_POINTS, []
    for each in sent:
        if not isinstance(each, dict) or each.keys() != {"w", "p"}:
            raise _no_drawing(each)
        width, parts = each["w"], each["p"]
        if not isinstance(parts, list) or not parts or len(parts) % 2 or len(parts) > 2 * left:
            raise _no_drawing(parts)
        if not _are_whole([width], LEAST_WIDTH, MOST_WIDTH):
            raise _no_drawing(width)
        if not _are_whole(parts, -_BEYOND, UNIT + _BEYOND):
            raise _no_drawing(parts)
        left -= len(parts) // 2
        strokes.append(Stroke(width, tuple(zip(parts[::2], parts[1::2], strict=True))))
    return Drawing(tuple(strokes))


def segments(stroke: Stroke) -> Iterable[tuple[Point, Point]]:
    """Return the straight lines between a stroke's points; of a dot, one of no length."""
    return pairwise(stroke.points) if len(stroke.points) > 1 else [(stroke.points[0],) * 2]


def _are_whole(values: Iterable[object], least: int, most: int) -> bool:
    # Not isinstance: True is an int too.
    return all(type(value) is int and least <= value <= most for value in values)


def _no_drawing(sent: object) -> PlaygroundError:
    return PlaygroundError(f"{shorten(sent)} is no part of a drawing. {_RULE}")
