"""What the pages call: submit a run, control it, look at its latest snapshot. No torch here."""

from __future__ import annotations

from playground.service.service import TrainingService, service
from playground.service.snapshot import RunSnapshot, RunStatus

__all__ = ["RunSnapshot", "RunStatus", "TrainingService", "service"]
