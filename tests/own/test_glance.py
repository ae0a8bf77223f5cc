"""Single images, decoded in a process that may die of them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from playground.own import glance as room
from playground.own.glance import glance
from playground.own.limits import LIMITS


def file_of(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def test_of_each_file_the_middle_square_is_seen_or_it_is_said_why_not() -> None:
    wide = np.zeros((40, 100, 3), dtype=np.uint8)
    wide[:, 20:80] = (250, 100, 0)
    limits = replace(LIMITS, file=50_000, pixels=100_000)
    large, huge = np.zeros((400, 400), dtype=np.uint8), b"x" * 50_001
    found = glance([file_of(wide), b"", huge, file_of(large), file_of(wide, "BMP")], 20, limits)
    for place in (0, 4):
        image = found[place]
        assert isinstance(image, np.ndarray)
        assert image.shape == (3, 20, 20)
        assert (image == np.array([250, 100, 0])[:, None, None]).all()
    assert found[1] == "It is no PNG, JPEG, WebP, BMP or GIF by what is in it."
    assert found[2] == limits.too_large()
    assert found[3] == limits.too_many_pixels()
    assert glance([], 20) == []


def test_a_file_that_ends_the_process_costs_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    # As a decoder's fault would: whatever has this content ends the process that gets it.
    victim = (
        "import sys; from playground.own import decoding, glancing; real = decoding.decode\n"
        "def decode(content, *others):\n"
        "    return sys._exit() if content == b'deadly' else real(content, *others)\n"
        "decoding.decode = decode; sys.exit(glancing.main())"
    ).replace("sys._exit()", "__import__('os')._exit(1)")
    monkeypatch.setattr(room, "_COMMAND", [*room._COMMAND[:1], "-c", victim])
    good = file_of(np.full((8, 8), 200, dtype=np.uint8))
    first, deadly, last = glance([good, b"deadly", good], 8)
    assert isinstance(first, np.ndarray)
    assert isinstance(last, np.ndarray)
    assert (first == 200).all()
    assert deadly == "It ended the process that reads it: it is damaged in an unusual way."
