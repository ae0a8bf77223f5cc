"""Finding: one thing that a rule has to say of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Mark = Literal["", "loss", "accuracy"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is seen, what it means and what should help.

    `evidence` is what is seen, a sentence with its numbers, since `since_epoch`, 0 being before the
    first step; `mark` is the chart that shows it, if one does. `meaning` is one sentence,
    `certainty` from 0 to 1. `fix` are settings by path to change, None where none would help. What
    is no illness is a note: something to know of a run that does well.
    """

    rule: str
    is_illness: bool
    since_epoch: int
    evidence: str
    meaning: str
    certainty: float
    fix: Mapping[str, Any] | None = None
    mark: Mark = ""

    def as_json(self) -> dict[str, Any]:
        """Return what the command line prints."""
        return {
            "rule": self.rule,
            "is_illness": self.is_illness,
            "since_epoch": self.since_epoch,
            "evidence": self.evidence,
            "fix": dict(self.fix) if self.fix else None,
            "meaning": self.meaning,
            "certainty": round(self.certainty, 2),
        }
