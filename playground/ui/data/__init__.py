"""The Data page: what the network is going to see.

May import: charts, experiment, frames, run, service, ui; numpy, streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["data_view"]
