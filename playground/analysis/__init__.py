"""Analysis: what is said of runs: what differs, what came of it, what of that is chance. Pure.

May import: experiment, run; numpy, pydantic, scipy.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "causes",
    "comparison",
    "estimates",
    "groups",
    "metrics",
    "openings",
    "pairs",
    "seeds",
    "selection",
    "sweep_values",
    "sweeps",
    "wording",
]
