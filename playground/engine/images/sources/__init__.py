"""Sources: where images come from: files of publishers, the network, this machine.

May import: engine.machine, experiment, run; filelock, numpy, sklearn, torch, torchvision.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["arrays", "dataset", "loading", "splits"]
