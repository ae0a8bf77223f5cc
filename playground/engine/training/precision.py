"""Precision: the kind of numbers a network computes with."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch


def computing(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return the context of the forward pass: bfloat16 where it is safe for "mixed", else as is.

    bfloat16 has the range of float32, so no loss scaling is needed.
    """
    if precision == "mixed":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def pixel_type(precision: str) -> torch.dtype:
    """Return the type that a network's first layer, always a product, takes its pixels in.

    With autocast it would round float32 pixels to bfloat16 in every step: the same numbers.
    """
    return torch.bfloat16 if precision == "mixed" else torch.float32
