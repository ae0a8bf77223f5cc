"""Run: what a run is and leaves behind: its records, its messages, its folder, its latest state.

May import: experiment.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = [
    "downsampling",
    "environment",
    "files",
    "home",
    "info",
    "part_files",
    "protocol",
    "records",
    "seal",
    "snapshot",
]
