"""Doctor: what ails a run, by what it recorded; never by what somebody switched on. Pure.

A rule is a function of the evidence and an entry in `diagnosis.RULES`. A symptom in a run that does
well is a note; an illness does harm as well, measured inside the run (`harm`).

May import: analysis, experiment, run; numpy.
Never: torch, streamlit.
"""

from __future__ import annotations

__all__ = ["diagnosis", "evidence", "finding", "fixes"]
