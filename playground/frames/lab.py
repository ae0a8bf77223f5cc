"""Findings of the concept lab to data frames, one row per thing that a chart draws."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import pandas as pd

from playground.analysis.wording import percent_text
from playground.lab.cross_entropy import LogitSweep
from playground.lab.normalization import Histogram

WEIGHT_NAMES = ("first weight", "second weight", "third weight")


def losses_frame(by_hand: Sequence[float], built_in: Sequence[float]) -> pd.DataFrame:
    """Return one row per `step` (from 1) and `way`, with its `loss`; what is infinite is not there.

    The ways are "by hand" and "built-ins".
    """
    rows = [
        (step, way, loss)
        for way, losses in (("by hand", by_hand), ("built-ins", built_in))
        for step, loss in enumerate(losses, 1)
        if isfinite(loss)
    ]
    frame = pd.DataFrame(rows, columns=["step", "way", "loss"])
    return frame.astype({"step": "int64", "way": "str", "loss": "float64"})


def probabilities_frame(
    names: Sequence[str], probabilities: Sequence[float], one_hot: Sequence[int]
) -> pd.DataFrame:
    """Return one row per class: `class`, `probability`, `target` (0 or 1), `name`, `text`.

    `name` marks the true class with ✓.
    """
    rows = [
        (name, share, target, f"✓ {name}" if target else name, percent_text(share))
        for name, share, target in zip(names, probabilities, one_hot, strict=True)
    ]
    return pd.DataFrame(rows, columns=["class", "probability", "target", "name", "text"])


def logit_frame(sweep: LogitSweep, logit: float) -> pd.DataFrame:
    """Return one row per `logit` and `series` ("loss" or "mistake") with its `value`.

    `is_here` marks the place nearest to where the slider stands.
    """
    here = min(sweep.logit, key=lambda place: abs(place - logit))
    rows = [
        (place, series, value, place == here)
        for series, values in (("loss", sweep.loss), ("mistake", sweep.mistake))
        for place, value in zip(sweep.logit, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["logit", "series", "value", "is_here"])


def weights_frame(history: Sequence[Sequence[float]]) -> pd.DataFrame:
    """Return one row per `step` (from 0) and `weight`, one of `WEIGHT_NAMES`, with its `value`."""
    rows = [
        (step, name, value)
        for step, values in enumerate(history)
        for name, value in zip(WEIGHT_NAMES, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["step", "weight", "value"])


def histogram_frame(before: Histogram, normalized: Histogram) -> pd.DataFrame:
    """Return one row per bin from `start` to `end` and `series`, with its `share` of the values.

    The series are "before" and "normalized".
    """
    rows = []
    for series, counted in (("before", before), ("normalized", normalized)):
        width = counted.start[1] - counted.start[0]
        rows += [
            (start, start + width, series, share)
            for start, share in zip(counted.start, counted.share, strict=True)
        ]
    return pd.DataFrame(rows, columns=["start", "end", "series", "share"])
