"""Digits drawn as people draw them, read by a network that was trained on MNIST."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from playground.drawing.framing import Framing, framed
from playground.drawing.ink import inked
from playground.drawing.strokes import read_drawing

DATA = Path(__file__).resolve().parents[1] / "data"
DRAWN = json.loads((DATA / "drawn_digits.json").read_text(encoding="utf-8"))
"""Two of each digit: one large, about the middle of the canvas, and one small, somewhere."""


def read(images: np.ndarray) -> np.ndarray:
    """Return the digits that the network sees in pixels `[N, 1, 28, 28]`.

    It is an MLP of 128 hidden units after ten epochs on MNIST, 97.1 % right on validation images.
    """
    with np.load(DATA / "mnist_mlp_128.npz") as kept:
        net = {name: kept[name].astype(np.float32) for name in kept.files}
    inputs = (images.reshape(len(images), -1) - net["mean"]) / net["std"]
    hidden = np.maximum(0, inputs @ net["linear1.weight"].T + net["linear1.bias"])
    return (hidden @ net["output.weight"].T + net["output.bias"]).argmax(axis=1)


@pytest.mark.parametrize(("framing", "right"), [("mass", 20), ("", 5)])
def test_recorded_strokes_are_read_where_they_are_centred_as_mnist_was(
    framing: Framing, right: int
) -> None:
    inks = [inked(read_drawing(each["strokes"])) for each in DRAWN]
    found = read(np.stack([framed(ink, (1, 28, 28), framing) for ink in inks]))
    assert (found == [int(each["digit"]) for each in DRAWN]).sum() == right
    assert [each["digit"] for each in DRAWN] == [digit for digit in "0123456789" for _ in "12"]
