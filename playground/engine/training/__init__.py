"""Training: the loop as a generator, and all that it calls for a batch and for an epoch.

May import: engine.images, experiment, run; numpy, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = [
    "batches",
    "evaluation",
    "loss",
    "optimizers",
    "precision",
    "step",
    "training",
    "training_state",
]
