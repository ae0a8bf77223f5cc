"""Export: what is learned here, in the forms that leave the playground.

May import: nothing of ours.
Never: streamlit.
"""

from __future__ import annotations

__all__: list[str] = []
