"""Service: what the pages call: submit a run, control it, look at its latest snapshot.

May import: analysis, analysis.doctor, experiment, own, run, service.lanes, service.questions,
    service.store; filelock, numpy.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.service import TrainingService, service

__all__ = [
    "RunSnapshot",
    "RunStatus",
    "TrainingService",
    "answers",
    "doctor",
    "inboxes",
    "keeper",
    "layer_statistics",
    "live_run",
    "own_room",
    "own_sets",
    "people",
    "people_file",
    "permission",
    "predictions",
    "room",
    "run_paces",
    "service",
    "stored_answers",
]
