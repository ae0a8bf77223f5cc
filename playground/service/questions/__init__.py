"""Questions: what pages ask a worker that is no run, each asked once.

May import: run.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["inquiries"]
