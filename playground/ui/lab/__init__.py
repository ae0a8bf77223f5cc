"""The Lab page: one piece at a time, each with a link of its own.

May import: analysis, charts, charts.lab, experiment, frames, lab, run, service, ui; numpy, pandas,
    streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["lab_view"]
