"""Images as the browser takes them: small PNG files inside the page."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.service.predictions import Role, images_of


def png_uri(pixels: NDArray[Any]) -> str:
    """Return pixels `[C, H, W]`, one channel or three, as a `data:` address of a PNG.

    Those that are not uint8 are drawn from the smallest, black, to the largest, white. What is no
    picture, such as a point in a plane, has an empty address.
    """
    if pixels.ndim != 3 or len(pixels) not in (1, 3):
        return ""
    shown = pixels if pixels.dtype == np.uint8 else displayable(pixels)
    array = np.ascontiguousarray(shown.transpose(1, 2, 0))
    image = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"


@lru_cache(maxsize=4096)
def image_uri(role: Role, key: str, position: int) -> str:
    """Return one image of a role as a `data:` address; the same image is encoded once."""
    data = images_of(role, key)
    return png_uri(data.images[position]) if data else ""


def validation_uri(key: str, position: int) -> str:
    """Return one validation image as a `data:` address."""
    return image_uri("validation", key, position)


def displayable(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the numbers of images as uint8, the smallest value black, the largest white."""
    low, high = float(images.min()), float(images.max())
    scaled = (images - low) * (255.0 / (high - low if high > low else 1.0))
    return scaled.round().astype(np.uint8)
