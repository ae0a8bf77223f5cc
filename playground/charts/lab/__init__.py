"""The charts of the concept lab.

May import: charts, frames, lab; altair, pandas.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = ["autograd", "bars", "batch_orders", "data_size", "lines", "tiles", "valley"]
