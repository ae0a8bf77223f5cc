"""The Train page: press a button, watch a network learn.

May import: analysis, analysis.doctor, charts, experiment, export.script, frames, run,
    service, ui; streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["live"]
