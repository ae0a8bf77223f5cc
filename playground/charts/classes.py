"""How many images each class has, for each role."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import top_legend

_BAR_HEIGHT = 24


def class_counts_chart(frame: pd.DataFrame) -> alt.Chart:
    """Return one bar per class, divided into train, validation and test, of a `class_counts_frame`.

    Bars lie down, so that names as long as "Ankle boot" stay level and readable.
    """
    roles = alt.Scale(domain=list(palette.ROLES), range=list(palette.ROLES.values()))
    # Stacked in the order of the legend; by default the alphabet decides.
    order = " : ".join(f"datum.role == '{role}' ? {i}" for i, role in enumerate(palette.ROLES))
    chart: alt.Chart = (
        alt.Chart(frame)
        .transform_calculate(role_order=f"{order} : {len(palette.ROLES)}")
        .mark_bar()
        .encode(
            x=alt.X(
                "images:Q",
                stack="zero",
                axis=alt.Axis(tickCount=5, format=",d", labelPadding=6, titlePadding=6),
                title="images",
            ),
            y=alt.Y("class:N", sort=None, axis=alt.Axis(labelLimit=160, grid=False), title=None),
            color=alt.Color(
                "role:N",
                scale=roles,
                legend=top_legend(),
            ),
            order="role_order:Q",
            tooltip=[
                alt.Tooltip("class:N", title="class"),
                alt.Tooltip("role:N", title="role"),
                alt.Tooltip("images:Q", title="images", format=",d"),
            ],
        )
        .properties(width="container", height=alt.Step(_BAR_HEIGHT))
    )
    return chart
