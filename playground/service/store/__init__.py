"""Store: every run on disk, and which process may write it.

May import: run; filelock.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["store", "thinning"]
