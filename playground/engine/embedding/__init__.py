"""Embedding: where the last hidden layer of a run's network puts images, drawn in two dimensions.

May import: engine.images, engine.images.sources, engine.inspect, engine.machine, engine.models,
    engine.runs, engine.training, experiment, run; numpy, scipy, sklearn, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["last_layer"]
