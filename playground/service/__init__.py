"""Service: what the pages call: submit a run, control it, look at its latest snapshot.

May import: experiment, run, service.lanes, service.questions, service.store; numpy.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

from playground.run.snapshot import RunSnapshot, RunStatus
from playground.service.service import TrainingService, service

__all__ = [
    "RunSnapshot",
    "RunStatus",
    "TrainingService",
    "keeper",
    "live_run",
    "predictions",
    "room",
    "service",
]
