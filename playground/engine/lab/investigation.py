"""Investigation: the pieces of the concept lab by name, each run on inputs from the page."""

from __future__ import annotations

from collections.abc import Generator

from playground.engine.images.shelf import DataShelf
from playground.engine.lab import (
    autograd,
    batch_orders,
    convolution,
    cross_entropy,
    device,
    linear_regression,
    microscope,
    normalization,
    sealed_set,
)
from playground.engine.lab.piece import Findings, Inputs, Piece
from playground.lab.pieces import PIECES
from playground.run.records import PreparationRecord

_INVESTIGATORS: dict[str, Piece] = {
    "autograd": autograd.investigate,
    "linear_regression": linear_regression.investigate,
    "cross_entropy": cross_entropy.investigate,
    "normalization": normalization.investigate,
    "convolution": convolution.investigate,
    "microscope": microscope.investigate,
    "test_set": sealed_set.investigate,
    "batches": batch_orders.investigate,
    "device": device.investigate,
}


def investigate(
    piece: str, inputs: Inputs, shelf: DataShelf
) -> Generator[PreparationRecord, None, Findings]:
    """Return the findings of the piece called `piece`; raises `UnknownChoice` for other names.

    Raises `PlaygroundError` for inputs that make no sense, in a sentence.
    """
    return _INVESTIGATORS[PIECES[piece].name](inputs, shelf)
