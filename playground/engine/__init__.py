"""Engine: everything that needs torch: images, networks, the training loop.

Here, on top of its rooms, is which function answers which question.

May import: engine.embedding, engine.images, engine.inspect, engine.lab, engine.machine,
    engine.runs, run.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["answering"]
