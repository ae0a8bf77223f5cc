"""Runs: a run from its experiment to what it leaves on disk; and what can be said before it.

May import: analysis, engine.images, engine.images.sources, engine.machine, engine.models,
    engine.training, experiment, run; numpy, psutil, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = [
    "backbone_keeping",
    "baselines",
    "checkpoint",
    "cross_validation",
    "execution",
    "inspection",
    "journal",
    "preflight",
    "preview",
    "rate_finding",
]
