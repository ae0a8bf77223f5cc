"""Run: what a run is and leaves behind: its records, its messages, its folder, its latest state.

May import: experiment; filelock, numpy, pydantic.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "arrays",
    "artifacts",
    "datasets",
    "disk",
    "downsampling",
    "environment",
    "facts",
    "files",
    "folder",
    "home",
    "image_sets",
    "info",
    "layer_columns",
    "names",
    "ownership",
    "paces",
    "part_files",
    "protocol",
    "questions",
    "records",
    "reporter",
    "seal",
    "snapshot",
    "stopping",
    "sweeping",
    "thinning",
    "threads",
    "transfer",
]
