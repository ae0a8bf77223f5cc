"""Analysis: what is said of runs: what differs, what came of it, what of that is chance. Pure.

May import: experiment, run; numpy, pydantic, scipy.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "answer_changes",
    "calibration",
    "causes",
    "comparison",
    "confusion",
    "estimates",
    "groups",
    "image_life",
    "layer_statistics",
    "metrics",
    "mistakes",
    "openings",
    "pairs",
    "seeds",
    "selection",
    "stored_answers",
    "sweep_values",
    "sweeps",
    "wording",
]
