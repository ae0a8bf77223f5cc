"""Sprites: images of a few hundred bytes each, so that a chart can carry a thousand of them."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.run.image_sets import ImageSet
from playground.service.predictions import validation_images
from playground.ui.pictures import png_uri

_SIDE = 32  # pixels, at most
_COLORS = 16
_GREYS = [17 * level for level in range(_COLORS) for _ in range(3)]


@lru_cache(maxsize=4096)
def sprite_uri(key: str, position: int) -> str:
    """Return a small copy of a validation image as a `data:` address; "" of what is no picture."""
    data = validation_images(key)
    return small_uri(data.images[position]) if data else ""


def small_uri(pixels: NDArray[Any]) -> str:
    """Return uint8 pixels `[C, H, W]` as a PNG: at most 32 a side, each doubled, in 16 colours."""
    if pixels.ndim != 3 or len(pixels) not in (1, 3) or pixels.dtype != np.uint8:
        return ""
    array = np.ascontiguousarray(pixels.transpose(1, 2, 0))
    image = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    image.thumbnail((_SIDE, _SIDE))
    if image.mode == "L":  # rounded by hand, in a tenth of the time
        image = Image.fromarray(np.asarray(image) // (256 // _COLORS))
        image.putpalette(_GREYS)
    else:
        image = image.quantize(_COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image = image.resize((2 * image.width, 2 * image.height), Image.Resampling.NEAREST)
    buffer = BytesIO()
    image.save(buffer, "PNG", bits=4)
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"


@lru_cache(maxsize=4096)
def candidate_uri(key: str, place: int) -> str:
    """Return a training image that was looked at as a `data:` address."""
    images = ImageSet("samples", key).array("images")
    return png_uri(images[place]) if images is not None else ""
