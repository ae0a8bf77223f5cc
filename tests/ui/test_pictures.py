from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from playground.ui.icon import icon
from playground.ui.pictures import displayable, png_uri


def decoded(uri: str) -> np.ndarray:
    kind, _, content = uri.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(b64decode(content, validate=True))))


@pytest.mark.parametrize("size", [1, 8, 32])
def test_a_grey_image_comes_back_pixel_for_pixel(size: int) -> None:
    pixels = np.random.default_rng(size).integers(0, 256, (1, size, size + 1), dtype=np.uint8)
    assert np.array_equal(decoded(png_uri(pixels)), pixels[0])


def test_a_colour_image_comes_back_pixel_for_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 7), dtype=np.uint8)
    assert np.array_equal(decoded(png_uri(pixels)), pixels.transpose(1, 2, 0))


def test_an_image_out_of_the_middle_of_an_array_comes_back_too() -> None:
    pixels = np.arange(2 * 3 * 4 * 4, dtype=np.uint8).reshape(2, 3, 4, 4)
    assert np.array_equal(decoded(png_uri(pixels[1])), pixels[1].transpose(1, 2, 0))


def test_the_smallest_value_is_black_and_the_largest_white() -> None:
    images = np.array([-2.0, 0.0, 2.0], dtype=np.float32).reshape(1, 1, 1, 3)
    assert displayable(images).ravel().tolist() == [0, 128, 255]


@pytest.mark.parametrize("value", [0.0, -3.5, 255.0])
def test_images_of_one_value_are_black_and_no_error(value: float) -> None:
    shown = displayable(np.full((2, 3, 4, 4), value, dtype=np.float32))
    assert shown.dtype == np.uint8
    assert not shown.any()


def test_the_icon_is_a_drawing_on_a_clear_ground() -> None:
    image = icon()
    assert image.size == (64, 64)
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert len(image.getcolors() or []) >= 4
