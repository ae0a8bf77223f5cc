"""Models: the networks, one file each, and how they are built and first weighted.

May import: engine.machine, experiment, run; torch, torchvision.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["backbone", "backbone_weights", "building", "layer_shapes", "layers"]
