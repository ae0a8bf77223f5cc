"""Examination: whether the doctor is right, on runs of which it is known what ails them.

May import: analysis, analysis.doctor, engine.images, engine.images.sources, engine.runs,
    engine.training, experiment, ray_lane, run, service; numpy,
    ray, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["examining", "rows", "table"]
