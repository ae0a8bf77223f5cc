"""Lanes: where runs are computed. Commands go down, events come up; a local process is one.

May import: experiment, run.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["apart", "fleet", "lane", "needs", "ray_lanes", "supervisor"]
