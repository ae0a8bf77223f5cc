"""Try it: what a network says of what a person draws, uploads or photographs.

May import: analysis, charts, drawing, experiment, own, run, service, ui, ui.inspect, ui.runs;
    numpy, PIL, streamlit.
Never: torch.
"""

from __future__ import annotations

__all__ = ["canvas", "inputs", "panel"]
