"""One file for each page; each is run by Streamlit as a script.

May import: ui, ui.data, ui.inspect, ui.lab, ui.own, ui.runs, ui.train, ui.tryit.
Never: torch.
"""

from __future__ import annotations

__all__: list[str] = []
