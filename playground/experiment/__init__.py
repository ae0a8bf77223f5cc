"""Experiment: what decides a run: the choices there are, the settings, and what they may be.

May import: annotated_types, pydantic.
Never: torch, streamlit.
"""

from __future__ import annotations

from playground.experiment.experiment import LARGEST_FILE, Difference, Experiment
from playground.experiment.stored import read_stored

__all__ = [
    "LARGEST_FILE",
    "Difference",
    "Experiment",
    "backbone_entries",
    "catalog",
    "class_choice",
    "data_checks",
    "entries",
    "fields",
    "hidden_sizes",
    "left_out",
    "links",
    "network",
    "pitfalls",
    "read_stored",
    "sentences",
    "settings",
    "stored",
]
