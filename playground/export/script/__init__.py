"""Script: any experiment as one self-contained PyTorch script, and as a Jupyter notebook.

Pure text: the script computes what the engine does, draw by draw, and says so in plain PyTorch.

May import: experiment.
Never: torch, streamlit, pandas.
"""

from __future__ import annotations

from playground.export.script.changes import changed_lines, removed_lines
from playground.export.script.loading import data_file
from playground.export.script.notebook import notebook_of
from playground.export.script.running import printed_epochs
from playground.export.script.whole import script_of

__all__ = [
    "changed_lines",
    "data_file",
    "notebook_of",
    "printed_epochs",
    "removed_lines",
    "script_of",
]
