"""Where the time of a training step goes, one bar for each device."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import top_legend
from playground.lab.device import PARTS

_COLORS = (palette.GHOST, palette.TRAIN, palette.VALIDATION, palette.TEST)
_BAR_HEIGHT = 44


def parts_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the milliseconds of each part of a step of a `parts_frame`, one after the other."""
    bars = (
        alt.Chart(frame)
        .mark_bar(height=26)
        .encode(
            x=alt.X(
                "milliseconds:Q",
                stack="zero",
                axis=alt.Axis(tickCount=6, format=",~g", labelPadding=6, titlePadding=6),
                title="milliseconds per batch",
            ),
            y=alt.Y("device:N", sort=None, axis=alt.Axis(labelLimit=230, grid=False), title=None),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(PARTS.values()), range=list(_COLORS)),
                legend=top_legend(),
            ),
            order="part_order:Q",
            tooltip=[
                alt.Tooltip("device:N"),
                alt.Tooltip("part:N"),
                alt.Tooltip("milliseconds:Q", format=".3~f", title="ms per batch"),
            ],
        )
        .properties(name="parts")
    )
    return alt.LayerChart(layer=[bars], width="container", height=alt.Step(_BAR_HEIGHT))
