"""Inputs: what a person draws or brings, and the pixels that a network is shown of it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.drawing.framing import Framing, Ground, Shape, framed
from playground.drawing.ink import Ink, ink_of_image, inked, resized
from playground.drawing.strokes import Drawing
from playground.run.network_looks import Packed

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawing; in a set without a rule for its frames it is shown on a `ground`."""

    drawing: Drawing
    ground: Ground = "black"
    name: str = "drawing"

    def pixels(self, shape: Shape, framing: Framing) -> Pixels:
        """Return what a network sees, `[C, H, W]`."""
        return framed(_inked(self.drawing), shape, framing, self.ground)

    @property
    def content(self) -> bytes:
        """The whole canvas as a PNG file."""
        ink = _inked(self.drawing)
        return _png(framed(ink, (1, *ink.shape), "", self.ground)[0])


@dataclass(frozen=True, eq=False)
class Brought:
    """The middle square of an image file, pixels `[3, side, side]`, and the file's `name`."""

    name: str
    image: Pixels

    @cached_property
    def _ink(self) -> Ink:
        return ink_of_image(self.image)

    def pixels(self, shape: Shape, framing: Framing) -> Pixels:
        """Return what a network sees, `[C, H, W]`."""
        if framing:
            return framed(self._ink, shape, framing)
        channels, height, width = shape
        image = self.image.astype(np.float32)
        if channels == 1:
            image = (image.transpose(1, 2, 0) @ _GREY)[None]
        side = min(height, width)
        found = np.zeros(shape, dtype=np.uint8)
        row, column = (height - side) // 2, (width - side) // 2
        for place, values in enumerate(image):
            small = resized(values, side, side).round().clip(0, 255)
            found[place, row : row + side, column : column + side] = small
        return found

    @property
    def content(self) -> bytes:
        """The middle square as a PNG file."""
        return _png(self.image.transpose(1, 2, 0))


Input = Drawn | Brought

_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # as Pillow weighs red, green and blue


def _png(pixels: Pixels) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()


@lru_cache(maxsize=16)
def _inked(drawing: Drawing) -> Ink:
    return inked(drawing)


def packed(images: Pixels) -> Packed:
    """Return pixels `[K, C, H, W]` on their way to the worker."""
    return Packed(images.shape, b64encode(images.tobytes()).decode("ascii"))
