"""Weights as small squares: blue above zero, orange below, and the page's own colour at zero."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.parts import by_name, picture, tooltip

SIDE = 150
"""Pixels of the square, however many weights there are."""


def tile_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the heat map of a `tile_frame`; the pointer reads exact values."""
    cells = alt.Chart(frame).transform_calculate(
        strength="abs(datum.shade)", sign="datum.shade < 0 ? 'negative' : 'positive'"
    )
    # Strength as opacity: at zero the page shines through, in either theme.
    strength = alt.Scale(domain=[0, 1], range=[0.04, 1])
    sign = by_name({"positive": palette.TRAIN, "negative": palette.VALIDATION})
    cells = cells.mark_rect().encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(padding=0)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)),
        opacity=alt.Opacity("strength:Q", scale=strength, legend=None),
        color=alt.Color("sign:N", scale=sign, legend=None),
        tooltip=tooltip("row:O", "column:O", ("value:Q", "", ".4~g")),
    )
    # Streamlit takes 20 pixels below a chart from its height where it says nothing of them.
    around = dict.fromkeys(("left", "right", "top", "bottom"), 0)
    return picture(SIDE, weights=cells).properties(width=SIDE, padding=around)
