"""Run: what a run is and leaves behind: its records, its messages, its folder, its latest state.

May import: experiment; numpy.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "artifacts",
    "downsampling",
    "environment",
    "files",
    "folder",
    "home",
    "image_sets",
    "info",
    "part_files",
    "protocol",
    "records",
    "reporter",
    "seal",
    "snapshot",
    "thinning",
    "transfer",
]
