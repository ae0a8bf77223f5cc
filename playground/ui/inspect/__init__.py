"""The Inspect page: what the network gets wrong, since when, and what it knows of itself.

May import: analysis, charts, experiment, frames, run, service, ui, ui.runs; numpy, pandas, PIL,
    streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["asking", "evidence", "inspect_view"]
