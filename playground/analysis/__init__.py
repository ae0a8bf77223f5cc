"""Analysis: what is said of runs: what differs, what came of it, what of that is chance. Pure.

May import: experiment, run; numpy, pydantic, scipy.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "answer_changes",
    "calibration",
    "cartography",
    "causes",
    "comparison",
    "confusion",
    "estimates",
    "groups",
    "image_changes",
    "image_life",
    "image_measures",
    "label_errors",
    "layer_statistics",
    "layer_words",
    "learning_rate",
    "likeness",
    "metrics",
    "mistakes",
    "openings",
    "pairs",
    "seeds",
    "selection",
    "stored_answers",
    "sweep_values",
    "sweeps",
    "weak_slices",
    "wording",
    "wrong_inputs",
]
