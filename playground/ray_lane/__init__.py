"""Ray lane: one worker on a node of a Ray cluster: commands in on stdin, records out on stdout.

May import: run, worker; ray.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["cluster", "luggage", "process", "seat"]
