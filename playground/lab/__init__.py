"""Lab: the pieces of the concept lab as data: what there is to touch, to ask and to see.

May import: experiment, run; pydantic.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "autograd",
    "batch_orders",
    "channels",
    "convolution",
    "cross_entropy",
    "data_size",
    "device",
    "inputs",
    "linear_regression",
    "microscope",
    "normalization",
    "pieces",
    "pixels",
    "sealed_set",
    "valley",
]
