"""Own: data sets that people bring: read with distrust in a process apart, and kept.

May import: experiment, run; PIL, filelock, numpy, pydantic.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["brought", "found", "glance", "imports", "library", "limits", "sorting"]
