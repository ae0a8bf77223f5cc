"""Experiment: what decides a run: the choices there are, the settings, and what they may be.

May import: annotated_types, pydantic.
Never: torch, streamlit.
"""

from __future__ import annotations

from playground.experiment.experiment import Difference, Experiment

__all__ = [
    "Difference",
    "Experiment",
    "catalog",
    "entries",
    "fields",
    "hidden_sizes",
    "links",
    "network",
    "pitfalls",
    "sentences",
    "settings",
]
