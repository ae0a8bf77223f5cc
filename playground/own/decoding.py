"""Decoding: the bytes of an image file to pixels. Only ever in the process that reads."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from playground.own.brought import Fit
from playground.own.limits import Limits
from playground.own.refusals import Unreadable

# Importing them is what makes their formats known; no other is tried, nor loaded.
_PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_ORIENTATION = 0x0112  # in what a camera writes beside an image; 1 is upright
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_NO_IMAGE = "It is no PNG, JPEG, WebP, BMP or GIF by what is in it."
_BROKEN = "It is damaged or cut off."
_GREY_WITHIN = 4  # levels that the channels of a grey photograph, compressed, may be apart

Image.MAX_IMAGE_PIXELS = None  # ours is the limit, with its own words


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """Pixels uint8 `[side, side, 3]`, whether all of them are grey, and the size it came in."""

    pixels: NDArray[Any]
    is_grey: bool
    size: tuple[int, int]


def size_of(content: bytes, limits: Limits) -> tuple[int, int]:
    """Return width and height by the head of the file; raises `Unreadable`."""
    return _opened(content, limits).size


def decode(content: bytes, side: int, fit: Fit, limits: Limits) -> Picture:
    """Return the image of a file as a square; raises `Unreadable` and `MemoryError`.

    The first frame of what moves; turned as its camera says; what is see-through lies on white.
    """
    image = _opened(content, limits)
    size = image.size
    try:
        if image.format == "JPEG":
            scale = 2 * side / min(size)
            image.draft(None, (int(size[0] * scale) + 1, int(size[1] * scale) + 1))
        image.load()
        turn = _UPRIGHT.get(_orientation(image))
        image = _plain(_square(image, side, fit), side)
        pixels = np.asarray(image if turn is None else image.transpose(turn))
    except MemoryError:
        raise
    except Exception as error:  # a damaged file can raise nearly anything
        raise Unreadable(_BROKEN) from error
    spread = pixels.max(axis=2).astype(int) - pixels.min(axis=2)
    return Picture(pixels, bool(spread.max() <= _GREY_WITHIN), size)


def _opened(content: bytes, limits: Limits) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        width, height = image.size
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise Unreadable(_NO_IMAGE) from error
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise Unreadable(limits.too_many_pixels())
    if min(width, height) < 1:
        raise Unreadable("It has no pixels.")
    return image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # nonsense beside a good image: it stays as it lies
        return 1


def _square(image: Image.Image, side: int, fit: Fit) -> Image.Image:
    """Return the image resized, its middle alone or with bars; in colours that can be mixed."""
    if image.mode.startswith("I"):  # 16 bits a pixel
        values = np.asarray(image).astype(np.int64)
        image = Image.fromarray((np.clip(values, 0, 65535) >> 8).astype(np.uint8))
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode in ("L", "RGB") and image.has_transparency_data:
        image = image.convert("RGBA")  # one colour of it is see-through
    width, height = image.size
    if fit == "pad":
        scale = side / max(width, height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        return _resized(image, inner, (0, 0, width, height))
    short = min(width, height)
    left, top = (width - short) // 2, (height - short) // 2
    return _resized(image, (side, side), (left, top, left + short, top + short))


def _resized(
    image: Image.Image, size: tuple[int, int], box: tuple[int, int, int, int]
) -> Image.Image:
    if size == (box[2] - box[0], box[3] - box[1]):
        return image.crop(box)
    return image.resize(size, Image.Resampling.BILINEAR, box, reducing_gap=3.0)


def _plain(image: Image.Image, side: int) -> Image.Image:
    """Return the image in RGB, on white where it is see-through, in the middle of its square."""
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    image = image.convert("RGB")
    if image.size == (side, side):
        return image
    square = Image.new("RGB", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def resize_pixels(pixels: NDArray[Any], side: int) -> NDArray[Any]:
    """Return uint8 pixels `[n, n, 3]` of a table as `[side, side, 3]`."""
    size = len(pixels)
    image = Image.fromarray(pixels)
    return np.asarray(_resized(image, (side, side), (0, 0, size, size)))
