"""Images: from a data set's files to the batches that a network sees.

May import: engine.images.sources, engine.machine, experiment, run; torch.
Never: streamlit, pandas.
"""

from __future__ import annotations

__all__ = ["augmentation", "beside", "data", "image_feed", "normalization", "shelf", "spread"]
