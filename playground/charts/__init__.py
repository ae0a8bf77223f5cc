"""Charts: tables to Altair charts, pure functions.

May import: analysis, frames, run; altair, pandas, vl_convert.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "axes",
    "classes",
    "comparison",
    "export",
    "groups",
    "history",
    "ink",
    "inspection",
    "layer_map",
    "layer_statistics",
    "layers",
    "outcomes",
    "palette",
    "parts",
    "rates",
    "specs",
    "steps",
    "sweeps",
]
