"""Drawing: what a person draws, and how it becomes an image like those a network was trained on.

May import: numpy.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["framing", "ink", "strokes"]
