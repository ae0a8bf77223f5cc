"""Frames: records to tables, one row per thing that a chart draws.

May import: analysis, experiment, lab, recipes, run; numpy, pandas, pyarrow.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "class_counts",
    "comparison",
    "groups",
    "history",
    "inspection",
    "lab",
    "lab_autograd",
    "lab_data_size",
    "lab_runs",
    "lab_valley",
    "layer_map",
    "layers",
    "losses",
    "rates",
    "references",
    "steps",
    "sweep",
    "tables",
]
