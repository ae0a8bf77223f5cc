"""The Runs page: every run there is, side by side.

May import: analysis, charts, experiment, export, frames, run, service, ui; pandas, streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["compared_runs", "runs_view"]
