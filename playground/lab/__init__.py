"""Lab: the pieces of the concept lab as data: what there is to touch, to move and to see.

May import: experiment.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = ["inputs", "pieces"]
