"""Packing: tensors on their way to the page, as pictures, shades of grey or rows of numbers."""

from __future__ import annotations

from base64 import b64encode

import torch
from torch import Tensor

from playground.lab.inputs import Row, Rows
from playground.lab.pixels import Pixels


def packed(pixels: Tensor) -> Pixels:
    """Return uint8 pixels of any shape."""
    content = pixels.contiguous().numpy().tobytes()
    return Pixels(tuple(pixels.shape), b64encode(content).decode("ascii"))


def shades(values: Tensor, low: float, high: float) -> Tensor:
    """Return numbers as uint8: `low` and below are black, `high` and above white."""
    spread = high - low if high > low else 1.0
    return ((values - low) * (255 / spread)).round().clamp(0, 255).to(torch.uint8)


def row(values: Tensor) -> Row:
    """Return the numbers of a vector."""
    return tuple(values.tolist())


def rows(values: Tensor) -> Rows:
    """Return the numbers of a matrix."""
    return tuple(map(tuple, values.tolist()))
