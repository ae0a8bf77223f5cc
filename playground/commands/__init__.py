"""Commands: the command line: the same engine without a page.

May import: analysis, analysis.doctor, engine.images, engine.runs, examination, experiment,
    own, recipes, run, service, service.store, worker.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = [
    "clean",
    "describe",
    "diagnose",
    "ending",
    "examine",
    "images",
    "interrupts",
    "options",
    "output",
    "rate",
    "recipes",
    "resume",
    "runs",
    "train",
]
