"""Store: every run on disk, and which process may write it.

May import: run.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["fences", "store", "thinning"]
