"""The images of a run by what they are for, on one bar."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts.parts import layered, role_bars

HEIGHT = 128
"""Pixels, legend and axis included."""


def split_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return one bar divided into train, validation and test, of a `split_frame`."""
    axis = alt.Axis(tickCount=6, format=",d", labelFlush=True)
    bar = role_bars(frame).encode(
        x=alt.X("images:Q", stack="zero", scale=alt.Scale(nice=False), axis=axis, title="images"),
        tooltip=["role:N", alt.Tooltip("images:Q", format=",d")],
    )
    return layered(HEIGHT, split=bar.mark_bar(height=26))
