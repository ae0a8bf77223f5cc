"""Lab: small pieces of PyTorch that really run, each with the lines that ran.

May import: engine.images, engine.machine, engine.models, engine.runs, engine.training, experiment,
    lab, run; sklearn, torch.
Never: streamlit, pandas.
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
    "linear_regression",
    "microscope",
    "normalization",
    "sealed_set",
    "valley",
]
