"""Every kind of image file becomes the square that a person would expect."""

from __future__ import annotations

import io

import numpy as np
import pytest
from brought_files import FORMATS, encoded, picture
from PIL import Image

from playground.own.decoding import decode
from playground.own.limits import LIMITS
from playground.own.refusals import Unreadable

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def halves(left: tuple[int, ...], right: tuple[int, ...], size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_image_that_fits_is_kept_as_it_is(kind: str, mode: str) -> None:
    image = picture(1, (24, 24), mode)
    read = decode(encoded(image, kind), 24, "crop", LIMITS)
    expected = np.asarray(Image.open(io.BytesIO(encoded(image, kind))).convert("RGB"))
    assert read.pixels.shape == (24, 24, 3)
    assert np.array_equal(read.pixels, expected)
    assert read.is_grey == (mode == "L")
    assert read.size == (24, 24)


def test_what_is_not_square_is_cut_to_its_middle_or_filled_up_with_black() -> None:
    wide = encoded(halves(RED, BLUE, (64, 32)))
    cut, padded = (decode(wide, 16, fit, LIMITS).pixels for fit in ("crop", "pad"))  # type: ignore[arg-type]
    assert (cut[:, 0].tolist(), cut[:, -1].tolist()) == ([list(RED)] * 16, [list(BLUE)] * 16)
    assert not padded[:4].any()
    assert not padded[-4:].any()
    assert padded[8, 0].tolist() == list(RED)
    assert padded[8, -1].tolist() == list(BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_as_its_camera_says(orientation: int) -> None:
    upright = halves(RED, BLUE, (20, 20))
    upright.paste(GREEN, (0, 0, 10, 10))
    # What a camera held that way has stored, which turned back is the image.
    backwards = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright
    if orientation > 1:
        stored = upright.transpose(Image.Transpose(backwards[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = decode(encoded(stored, "PNG", exif=exif), 20, "crop", LIMITS)
    assert np.array_equal(read.pixels, np.asarray(upright))


def test_what_is_see_through_lies_on_white() -> None:
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 128))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0, 255, 255, 255])
    read = decode(encoded(image), 8, "crop", LIMITS).pixels
    assert read[0, 0].tolist() == [255, 255, 255]
    assert read[0, 7].tolist() == pytest.approx([255, 127, 127], abs=1)
    assert decode(encoded(palette, transparency=0), 8, "crop", LIMITS).pixels.min() == 255


def test_sixteen_bits_become_eight() -> None:
    levels = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    read = decode(encoded(Image.fromarray(levels)), 8, "crop", LIMITS)
    assert read.is_grey
    assert np.array_equal(read.pixels[..., 0], levels >> 8)


def test_inks_become_colours_and_one_bit_becomes_black_and_white() -> None:
    inks = decode(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), 8, "crop", LIMITS)
    assert inks.pixels[4, 4, 0] > 230
    assert inks.pixels[4, 4, 1:].max() < 60
    bits = decode(encoded(Image.new("1", (8, 8), 1)), 8, "crop", LIMITS)
    assert bits.pixels.min() == 255


def test_what_moves_stands_still_at_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP"):
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert decode(content, 8, "crop", LIMITS).pixels[4, 4].tolist() == list(RED)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg/>", "no PNG, JPEG"),
        (encoded(picture(1), "TIFF"), "no PNG, JPEG"),
        (encoded(picture(1), "JPEG")[:-50], "damaged or cut off"),
        (encoded(picture(1), "PNG")[:80], "damaged or cut off"),
        (encoded(Image.new("1", (20_001, 1))), "a side of more than 20,000"),
        (encoded(Image.new("1", (10_000, 5001))), "more than 50 million pixels"),
    ],
    ids=["text", "TIFF", "cut JPEG", "cut PNG", "long", "large"],
)
def test_what_cannot_be_read_says_why(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        decode(content, 8, "crop", LIMITS)


def test_an_image_that_is_something_else_too_is_only_an_image() -> None:
    image = encoded(picture(3, (8, 8)), "PNG")
    read = decode(image + b"PK\3\4<script>alert(1)</script>", 8, "crop", LIMITS)
    assert np.array_equal(read.pixels, decode(image, 8, "crop", LIMITS).pixels)
