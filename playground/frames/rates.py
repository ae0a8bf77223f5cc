"""A range test as a data frame: the smoothed loss over the learning rate."""

from __future__ import annotations

from statistics import fmean

import pandas as pd

from playground.run.rate_test import RATES, RateTest


def rates_frame(test: RateTest) -> pd.DataFrame:
    """Return one row per `rate`: `mean`, `low` and `high` of the smoothed loss over the seeds.

    A seed whose sweep has ended is not counted any more: `seeds` says how many are.
    """
    lines = [sweep.smoothed for sweep in test.sweeps]
    rows = []
    for place, rate in enumerate(RATES):
        losses = [line[place] for line in lines if place < len(line)]
        if losses:
            rows.append((rate, fmean(losses), min(losses), max(losses), len(losses)))
    return pd.DataFrame(rows, columns=["rate", "mean", "low", "high", "seeds"])
