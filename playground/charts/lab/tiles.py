"""Weights as small squares: blue above zero, orange below, and the page's own colour at zero."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette

SIDE = 150
"""Pixels of the square, however many weights there are."""


def tile_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the heat map of a `tile_frame`; the pointer reads exact values."""
    base = alt.Chart(frame).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(padding=0)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)),
        tooltip=[
            alt.Tooltip("row:O"),
            alt.Tooltip("column:O"),
            alt.Tooltip("value:Q", format=".4~g"),
        ],
    )
    # Strength as opacity: at zero the page shines through, in either theme.
    strength = alt.Opacity(
        "strength:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None
    )
    sign = alt.Color(
        "sign:N",
        scale=alt.Scale(domain=["positive", "negative"], range=[palette.TRAIN, palette.VALIDATION]),
        legend=None,
    )
    cells = (
        base.transform_calculate(
            strength="abs(datum.shade)", sign="datum.shade < 0 ? 'negative' : 'positive'"
        )
        .mark_rect()
        .encode(opacity=strength, color=sign)
        .properties(name="weights")
    )
    return alt.LayerChart(layer=[cells], width=SIDE, height=SIDE)
