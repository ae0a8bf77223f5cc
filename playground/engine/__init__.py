"""Engine: everything that needs torch: images, networks, the training loop.

May import: nothing of ours.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__: list[str] = []
