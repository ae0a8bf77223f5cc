"""The ten shapes as signed distances: negative inside, positive outside, zero on the outline.

Each shape fills about the unit circle and takes the coordinates of points, x to the right and y
upwards. Formulas: Inigo Quilez, "2D distance functions", iquilezles.org/articles/distfunctions2d.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Outline = Callable[[Tensor, Tensor], Tensor]


def _length(x: Tensor, y: Tensor) -> Tensor:
    return (x * x + y * y).sqrt()  # several times as fast as torch.hypot, and nothing overflows


def _circle(x: Tensor, y: Tensor) -> Tensor:
    return _length(x, y) - 0.88


def _ring(x: Tensor, y: Tensor) -> Tensor:
    return (_length(x, y) - 0.7).abs() - 0.2


def _crescent(x: Tensor, y: Tensor) -> Tensor:
    """A disc less a second one, moved to the right."""
    return torch.maximum(_length(x, y) - 0.95, 0.8 - _length(x - 0.5, y))


def _square(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x.abs(), y.abs()) - 0.74


def _cross(x: Tensor, y: Tensor) -> Tensor:
    long, short = torch.maximum(x.abs(), y.abs()), torch.minimum(x.abs(), y.abs())
    return torch.maximum(long - 0.95, short - 0.27)


def _heart(x: Tensor, y: Tensor) -> Tensor:
    """Two arcs above a right angle; scaled and moved to fill the unit circle."""
    x, y = x.abs() / 1.6, (y + 0.95) / 1.6
    diagonal = (0.5 * (x + y)).clamp(min=0)
    arc = _length(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    wedge = torch.minimum(_length(x, y - 1), _length(x - diagonal, y - diagonal))
    return 1.6 * torch.where(x + y > 1, arc, wedge * (x - y).sign())


def _regular(sides: int, radius: float) -> Outline:
    """Return a convex polygon with one corner on top: the farthest of its sides decides."""
    apothem = radius * math.cos(math.pi / sides)
    angles = [math.pi / 2 + (2 * side + 1) * math.pi / sides for side in range(sides)]

    def outline(x: Tensor, y: Tensor) -> Tensor:
        distance = x * math.cos(angles[0]) + y * math.sin(angles[0])
        for angle in angles[1:]:
            distance = torch.maximum(distance, x * math.cos(angle) + y * math.sin(angle))
        return distance - apothem

    return outline


def _polygon(corners: Sequence[tuple[float, float]]) -> Outline:
    """Return any polygon without crossings, corners in order."""

    def outline(x: Tensor, y: Tensor) -> Tensor:
        nearest = torch.full_like(x, math.inf)
        inside = torch.zeros_like(x, dtype=torch.bool)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
            ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
            along = ((px * ex + py * ey) / (ex * ex + ey * ey)).clamp(0, 1)
            across = (px - ex * along).square() + (py - ey * along).square()
            nearest = torch.minimum(nearest, across)
            # A ray to the right changes sides each time it crosses an edge.
            if ey != 0:
                inside ^= ((y < ay) != (y < by)) & (x < ax + (y - ay) * (ex / ey))
        distance = nearest.sqrt()
        return torch.where(inside, -distance, distance)

    return outline


def _star_corners(points: int, inner: float) -> list[tuple[float, float]]:
    radii = [1.0 if corner % 2 == 0 else inner for corner in range(2 * points)]
    angles = [math.pi / 2 + corner * math.pi / points for corner in range(2 * points)]
    corners = zip(radii, angles, strict=True)
    return [(radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in corners]


_ARROW_HALF = [(0.0, 1.0), (0.8, 0.1), (0.27, 0.1), (0.27, -0.95)]

OUTLINES: dict[str, Outline] = {
    "circle": _circle,
    "triangle": _regular(3, 1.05),
    "square": _square,
    "pentagon": _regular(5, 0.98),
    "star": _polygon(_star_corners(5, 0.42)),
    "cross": _cross,
    "heart": _heart,
    "crescent": _crescent,
    "ring": _ring,
    "arrow": _polygon([*_ARROW_HALF, *[(-x, y) for x, y in reversed(_ARROW_HALF[1:])]]),
}
