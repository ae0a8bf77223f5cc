"""Pictures on their way to the page: pixels as text, and numbers as shades of grey."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import torch
from torch import Tensor


def packed(pixels: Tensor) -> dict[str, Any]:
    """Return uint8 pixels of any shape as `shape` and `bytes` (in base64), for JSON."""
    content = pixels.contiguous().numpy().tobytes()
    return {"shape": list(pixels.shape), "bytes": b64encode(content).decode("ascii")}


def shades(values: Tensor, low: float, high: float) -> Tensor:
    """Return numbers as uint8: `low` and below are black, `high` and above white."""
    spread = high - low if high > low else 1.0
    return ((values - low) * (255 / spread)).round().clamp(0, 255).to(torch.uint8)
