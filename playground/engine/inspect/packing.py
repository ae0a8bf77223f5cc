"""Packing: tensors on their way to the page, a byte for each number."""

from __future__ import annotations

from base64 import b64encode

import torch
from torch import Tensor

from playground.run.network_looks import Packed


def pixels(images: Tensor) -> Packed:
    """Return uint8 pixels of any shape."""
    return Packed(tuple(images.shape), _text(images))


def numbers(values: Tensor) -> Packed:
    """Return numbers of any shape, in 127 steps to the largest on either side of zero."""
    values = values.detach().nan_to_num()
    reach = values.abs().max().item() if values.numel() else 0.0
    # What is all zero has some reach too, or it would be pixels.
    reach = reach or 1e-12
    steps = (values / reach * 127).round().clamp(-127, 127) + 128
    return Packed(tuple(values.shape), _text(steps.to(torch.uint8)), reach)


def _text(content: Tensor) -> str:
    return b64encode(content.contiguous().numpy().tobytes()).decode("ascii")
