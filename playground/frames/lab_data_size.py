"""What came of more and more training images as a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import pandas as pd

from playground.lab.data_size import Trained


def data_size_frame(trained: Sequence[Trained]) -> pd.DataFrame:
    """Return one row per number of `images` and `role`: `mean`, `low`, `high` over the seeds."""
    rows = [
        (each.images, role, fmean(shares), min(shares), max(shares))
        for each in trained
        for role, shares in (("train", each.train), ("validation", each.validation))
    ]
    return pd.DataFrame(rows, columns=["images", "role", "mean", "low", "high"])
