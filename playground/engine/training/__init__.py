"""Training: the loop as a generator, and all that it calls for a batch and for an epoch.

May import: engine.images, engine.machine, engine.models, experiment, run; numpy, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = [
    "batches",
    "evaluation",
    "loss",
    "optimizers",
    "precision",
    "range_test",
    "step",
    "team",
    "training",
    "training_state",
]
