"""Framing: a drawing placed in its frame as the images of a data set were placed in theirs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.drawing.ink import Ink, resized

Framing = Literal["", "mass", "box", "blocks"]
Ground = Literal["black", "white"]
Shape = tuple[int, int, int]

_MNIST_FRAME, _MNIST_BOX = 28, 20
_BITMAP, _BLOCK = 32, 4  # pixels of a scan of Digits, and of the blocks that are counted in it
_LEAST_INK = 0.1  # a pixel with less is no part of what is cropped to


def framed(ink: Ink, shape: Shape, framing: Framing, ground: Ground = "black") -> NDArray[np.uint8]:
    """Return ink as pixels `[C, H, W]` of this shape.

    "mass": scaled into a box of 20/28 of the frame and centred by mass, as MNIST was made (LeCun
    and others, 1998). "box": scaled to fill the frame and centred, as Fashion-MNIST (Xiao and
    others, 2017). "blocks": scaled to fill a bitmap of 32×32 dots, which are counted in blocks of
    4×4, as Digits (Alpaydin and Kaynak, 1998). These three have white ink on black. "": the whole
    square that was drawn on, ink on a `ground` of the other colour.
    """
    channels, height, width = shape
    side = min(height, width)
    if not ink.any():
        framing = framing and "box"  # nothing, wherever it is placed
    match framing:
        case "mass":
            grey = _by_mass(_scaled(ink, round(side * _MNIST_BOX / _MNIST_FRAME)), height, width)
        case "box":
            grey = _in_the_middle(_scaled(ink, side), height, width)
        case "blocks":
            grey = resized(
                counted(_in_the_middle(_scaled(ink, _BITMAP), _BITMAP, _BITMAP)), *shape[1:]
            )
        case _:
            grey = _in_the_middle(resized(ink, side, side), height, width)
    if not framing and ground == "white":
        grey = 1 - grey
    pixels = np.asarray((255 * grey).round().clip(0, 255), dtype=np.uint8)
    return np.repeat(pixels[None], channels, axis=0)


def counted(bitmap: Ink) -> Ink:
    """Return the share of inked dots in each block of 4×4: dots that are half covered are inked."""
    height, width = bitmap.shape
    blocks = (bitmap >= 0.5).reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _scaled(ink: Ink, side: int) -> Ink:
    """Return what is inked, its longer side brought to `side`, its aspect kept."""
    is_inked = ink > min(_LEAST_INK, ink.max() / 2)
    rows, columns = (np.flatnonzero(is_inked.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((side, side), dtype=np.float32)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longer = max(cropped.shape)
    height, width = (max(1, round(part * side / longer)) for part in cropped.shape)
    return resized(cropped, height, width)


def _by_mass(ink: Ink, height: int, width: int) -> Ink:
    """Return ink in a frame whose middle is its centre of mass, moved by whole pixels.

    No further than to the frame's edge: nothing is cut off.
    """
    mass = float(ink.sum())
    middle_row = float((np.arange(ink.shape[0]) + 0.5) @ ink.sum(axis=1)) / mass
    middle_column = float((np.arange(ink.shape[1]) + 0.5) @ ink.sum(axis=0)) / mass
    row = min(max(round(height / 2 - middle_row), 0), height - ink.shape[0])
    column = min(max(round(width / 2 - middle_column), 0), width - ink.shape[1])
    return _placed(ink, height, width, row, column)


def _in_the_middle(ink: Ink, height: int, width: int) -> Ink:
    row, column = (height - ink.shape[0]) // 2, (width - ink.shape[1]) // 2
    return _placed(ink, height, width, row, column)


def _placed(ink: Ink, height: int, width: int, row: int, column: int) -> Ink:
    frame = np.zeros((height, width), dtype=np.float32)
    frame[row : row + ink.shape[0], column : column + ink.shape[1]] = ink
    return frame
