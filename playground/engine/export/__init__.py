"""Export: a run's network as files that other tools read.

May import: engine.images, engine.models, engine.runs, experiment, run; numpy, onnxruntime,
    safetensors, torch, torchvision.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["environment", "network", "onnx_file", "programs", "weights"]
