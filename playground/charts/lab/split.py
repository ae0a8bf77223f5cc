"""The images of a run by what they are for, on one bar."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import top_legend

HEIGHT = 128
"""Pixels, legend and axis included."""


def split_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return one bar divided into train, validation and test, of a `split_frame`."""
    roles = alt.Scale(domain=list(palette.ROLES), range=list(palette.ROLES.values()))
    order = " : ".join(f"datum.role == '{role}' ? {i}" for i, role in enumerate(palette.ROLES))
    bar = (
        alt.Chart(frame)
        .transform_calculate(role_order=f"{order} : {len(palette.ROLES)}")
        .mark_bar(height=26)
        .encode(
            x=alt.X(
                "images:Q",
                stack="zero",
                scale=alt.Scale(nice=False),
                axis=alt.Axis(tickCount=6, format=",d", labelFlush=True),
                title="images",
            ),
            color=alt.Color("role:N", scale=roles, legend=top_legend()),
            order="role_order:Q",
            tooltip=[alt.Tooltip("role:N"), alt.Tooltip("images:Q", format=",d")],
        )
        .properties(name="split")
    )
    return alt.LayerChart(layer=[bar], width="container", height=HEIGHT)
