"""Maps: numbers as small pictures, blue above zero and orange below, clear where there are none."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from html import escape
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from playground.charts.palette import TRAIN, VALIDATION
from playground.run.network_looks import Packed

MAPS_STYLE = """<style>
.maps img { image-rendering: pixelated; display: block; max-width: 100%; border-radius: 3px; }
.maps .tiles, .maps .cards { display: flex; flex-wrap: wrap; gap: 12px 14px; }
.maps figure { margin: 0; }
.maps figcaption { font-size: 0.78rem; line-height: 1.3; opacity: 0.85; margin-top: 3px; }
.maps .layers { display: flex; flex-wrap: wrap; gap: 16px 40px; }
.maps .layer { flex: 0 1 470px; }
.maps .layer b { font-weight: 600; }
.maps .layer p, .maps .card p { margin: 0 0 5px; font-size: 0.85rem; }
.maps .strip { width: 100%; height: 18px; }
.maps .card {
  padding: 10px 12px; border-radius: 8px; flex: 1 1 232px; max-width: 380px;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}
.maps .pair { display: flex; gap: 12px; margin: 4px 0; }
.maps .pair figure { flex: 0 1 130px; }
.maps .over { position: relative; display: block; }
.maps .over img { width: 100%; aspect-ratio: 1; object-fit: contain; }
.maps .over img + img { position: absolute; inset: 0; }
.maps .over img:first-child { opacity: 0.28; filter: grayscale(1); }
</style>"""
"""For what stands in an element of the class "maps"."""

_SMALLEST = 24  # pixels of a picture: smaller ones are drawn from larger squares
_COLUMNS, _GAP = 8, 2  # of pictures side by side
_STRONGEST = 0.995  # of all weights: those beyond it are as strong
_POSITIVE, _NEGATIVE = ImageColor.getrgb(TRAIN), ImageColor.getrgb(VALIDATION)

Pictures = NDArray[np.uint8]


def coloured(numbers: NDArray[np.float32], reach: float) -> Pictures:
    """Return numbers of any shape as red, green, blue and opacity, which is their size."""
    size = np.abs(numbers) / max(reach, 1e-12)
    colour = np.where(numbers[..., None] < 0, _NEGATIVE, _POSITIVE)
    pictures = np.concatenate([colour, 255 * size[..., None].clip(0, 1)], axis=-1)
    return np.asarray(pictures.round(), dtype=np.uint8)


def filter_pictures(weights: Packed) -> Pictures:
    """Return weights `[n, C, h, w]` as pictures `[n, h, w, 4]`; three channels are colours."""
    numbers = weights.numbers
    reach = float(np.quantile(np.abs(numbers), _STRONGEST)) or weights.reach
    if numbers.shape[1] != 3:
        return coloured(numbers.mean(axis=1), reach)
    shades = 127.5 + 127.5 * numbers.transpose(0, 2, 3, 1) / reach
    opaque = np.full((*shades.shape[:-1], 1), 255.0)
    pictures = np.concatenate([shades, opaque], axis=-1).round().clip(0, 255)
    return np.asarray(pictures, dtype=np.uint8)


@lru_cache(maxsize=256)
def map_uri(packed: Packed) -> str:
    """Return one map `[h, w]` as an address."""
    return picture_uri(coloured(packed.numbers, packed.reach))


@lru_cache(maxsize=256)
def strip_uri(packed: Packed) -> str:
    """Return a list of numbers `[1, 1, n]` as an address, a bar for each."""
    return picture_uri(coloured(packed.numbers[0], packed.reach))


@lru_cache(maxsize=256)
def sheet(packed: Packed, alt: str) -> str:
    """Return maps `[n, h, w]` as one picture, in HTML."""
    return sheet_of(coloured(packed.numbers, packed.reach), alt)


def sheet_of(pictures: Pictures, alt: str) -> str:
    """Return pictures `[n, h, w, 4]` as one, in rows of eight, in HTML."""
    count, height, width, _ = pictures.shape
    each = max(1, -(-_SMALLEST // max(height, width)))
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    high, wide = each * height + _GAP, each * width + _GAP
    whole = np.zeros((rows * high, columns * wide, 4), dtype=np.uint8)
    for place, picture in enumerate(pictures.repeat(each, axis=1).repeat(each, axis=2)):
        row, column = high * (place // columns), wide * (place % columns)
        whole[row : row + high - _GAP, column : column + wide - _GAP] = picture
    scale = max(1.0, 58 / max(high, wide))
    return (
        f'<img src="{picture_uri(whole)}" alt="{escape(alt)}" '
        f'style="width: {round(scale * whole.shape[1])}px">'
    )


def picture_uri(picture: Pictures) -> str:
    """Return a picture `[h, w, 4]` as a `data:` address of a PNG.

    Packed in haste: that takes a quarter of the time for a few percent more bytes.
    """
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "PNG", compress_level=1)
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
