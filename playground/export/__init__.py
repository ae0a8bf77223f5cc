"""Export: a run as files to take away, and a run card of another playground as a run of this one.

May import: analysis, charts, experiment, frames, run, service.store; numpy, PIL, safetensors,
    tensorboard.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = ["card", "formats", "installing", "numbers", "packing", "reading", "taken"]
