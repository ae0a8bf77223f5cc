"""Inspect: what a run's network looks for, looks at and says, for whoever looks into it.

May import: engine.images, engine.machine, engine.models, engine.runs, experiment, run; torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["inside", "networks", "saying"]
