"""The concept lab: small pieces of PyTorch that really run, each with the lines that ran.

A piece takes inputs as plain values and returns its findings as plain values for JSON: numbers,
texts, lists, dictionaries. `code` in them is the source of the function that computed them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeAlias

from playground.engine.shelf import DataShelf
from playground.lab import PIECES
from playground.records import PreparationRecord

Findings: TypeAlias = dict[str, Any]
Inputs: TypeAlias = Mapping[str, Any]

# A generator, so that a piece that takes a while reports progress and lets runs have their turn.
Piece: TypeAlias = Callable[[Inputs, DataShelf], Generator[PreparationRecord, None, Findings]]


def _pieces() -> dict[str, Piece]:
    # Here, as the pieces import what is defined above.
    from playground.engine.lab import (
        autograd,
        batches,
        convolution,
        cross_entropy,
        device,
        linear_regression,
        microscope,
        normalization,
        test_set,
    )

    return {
        "autograd": autograd.investigate,
        "linear_regression": linear_regression.investigate,
        "cross_entropy": cross_entropy.investigate,
        "normalization": normalization.investigate,
        "convolution": convolution.investigate,
        "microscope": microscope.investigate,
        "test_set": test_set.investigate,
        "batches": batches.investigate,
        "device": device.investigate,
    }


def investigate(
    piece: str, inputs: Inputs, shelf: DataShelf
) -> Generator[PreparationRecord, None, Findings]:
    """Return the findings of the piece called `piece`; raises `UnknownChoice` for other names.

    Raises `PlaygroundError` for inputs that make no sense, in a sentence.
    """
    return _pieces()[PIECES[piece].name](inputs, shelf)
