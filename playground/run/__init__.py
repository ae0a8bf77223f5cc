"""Run: what a run is and leaves behind: its records, its messages, its folder, its latest state.

May import: experiment; filelock, numpy, pydantic.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "arrays",
    "artifacts",
    "baselines",
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
    "last_layer",
    "layer_columns",
    "names",
    "network_looks",
    "ownership",
    "paces",
    "part_files",
    "protocol",
    "questions",
    "rate_test",
    "records",
    "reporter",
    "seal",
    "snapshot",
    "stopping",
    "suspects",
    "sweeping",
    "thinning",
    "threads",
    "transfer",
    "verdicts",
    "verification",
]
