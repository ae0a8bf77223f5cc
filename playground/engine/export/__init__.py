"""Export: a run's network as files that other tools read.

May import: engine.images, engine.models, engine.runs, experiment, run; numpy, onnx, onnxruntime,
    safetensors, torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["network", "onnx_file", "programs", "weights"]
