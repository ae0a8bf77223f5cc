"""The sidebar: the experiment being set up.

May import: analysis, charts, experiment, frames, recipes, run, service, ui; pandas, streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["sidebar", "train_here"]
