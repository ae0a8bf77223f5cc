"""Where the time of a training step goes, one bar for each device."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.parts import layered, scale_of, top_legend
from playground.frames.lab_runs import PARTS

_COLORS = (palette.GHOST, palette.TRAIN, palette.VALIDATION, palette.TEST)
_BAR_HEIGHT = 44


def parts_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the milliseconds of each part of a step of a `parts_frame`, one after the other."""
    axis = alt.Axis(tickCount=6, format=",~g", labelPadding=6, titlePadding=6)
    scale = scale_of(dict(zip(PARTS.values(), _COLORS, strict=True)))
    bars = alt.Chart(frame).encode(
        x=alt.X("milliseconds:Q", stack="zero", axis=axis, title="milliseconds per batch"),
        y=alt.Y("device:N", sort=None, axis=alt.Axis(labelLimit=230, grid=False), title=None),
        color=alt.Color("part:N", scale=scale, legend=top_legend()),
        order="part_order:Q",
        tooltip=[
            "device:N",
            "part:N",
            alt.Tooltip("milliseconds:Q", format=".3~f", title="ms per batch"),
        ],
    )
    return layered(alt.Step(_BAR_HEIGHT), parts=bars.mark_bar(height=26))
