"""Worker: the process that trains: commands in on stdin, records out on stdout.

May import: engine, engine.images, engine.machine, engine.runs, experiment, run;
    filelock, torch, torchvision.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["failures", "node", "process"]
