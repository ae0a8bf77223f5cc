"""Commands: the command line: the same engine without a page.

May import: analysis, analysis.doctor, engine.export, engine.images, engine.machine,
    engine.models, engine.runs, examination, experiment, export, export.script, own, recipes, run,
    service, service.store, worker.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = [
    "backbones",
    "clean",
    "describe",
    "diagnose",
    "ending",
    "examine",
    "export",
    "images",
    "import_",
    "interrupts",
    "options",
    "output",
    "rate",
    "recipes",
    "resume",
    "runs",
    "train",
    "verify",
]
