"""Runs: a run from its experiment to what it leaves on disk; and what can be said before it.

May import: engine.images, engine.images.sources, engine.machine, engine.models, engine.training,
    experiment, run; numpy, psutil, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["baselines", "checkpoint", "execution", "inspection", "journal", "preflight", "preview"]
