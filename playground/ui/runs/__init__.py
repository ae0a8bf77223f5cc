"""The Runs page: every run there is, side by side.

May import: analysis, charts, experiment, frames, recipes, run, service, ui; pandas, streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["run_actions", "runs_view", "side_by_side"]
