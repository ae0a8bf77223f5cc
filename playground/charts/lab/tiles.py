"""Weights as small squares: blue above zero, orange below, and the page's own colour at zero."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.parts import layered, scale_of

SIDE = 150
"""Pixels of the square, however many weights there are."""


def tile_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the heat map of a `tile_frame`; the pointer reads exact values."""
    base = alt.Chart(frame).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(padding=0)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)),
        tooltip=["row:O", "column:O", alt.Tooltip("value:Q", format=".4~g")],
    )
    # Strength as opacity: at zero the page shines through, in either theme.
    strength = alt.Opacity(
        "strength:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None
    )
    signs = scale_of({"positive": palette.TRAIN, "negative": palette.VALIDATION})
    cells = base.transform_calculate(
        strength="abs(datum.shade)", sign="datum.shade < 0 ? 'negative' : 'positive'"
    ).encode(opacity=strength, color=alt.Color("sign:N", scale=signs, legend=None))
    return layered(SIDE, weights=cells.mark_rect()).properties(width=SIDE)
