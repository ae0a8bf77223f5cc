"""Benchmark: how fast all of it is, beside a tutorial's loop and the barest one.

May import: commands, engine.images, engine.images.sources, engine.machine, engine.models,
    engine.runs, engine.training, experiment, recipes, run; keras, lightning, PIL, psutil, skorch,
    streamlit.proto, torch, torchvision, websockets.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["command", "plan"]
