"""UI: the pages. It draws; what it draws comes from others.

May import: charts, experiment, export, recipes, run, service; numpy, PIL, psutil,
    starlette, streamlit, streamlit.proto.
Never: torch.
"""

from __future__ import annotations

__all__ = [
    "chart_files",
    "dataset_labels",
    "explanation",
    "icon",
    "notices",
    "pacing",
    "pictures",
    "plain",
    "run_choice",
    "server",
    "session",
    "state",
    "styles",
    "tab",
    "take_away",
    "uploads",
    "waiting",
]
