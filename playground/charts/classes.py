"""How many images each class has, for each role."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts.parts import role_bars, tooltip

_BAR_HEIGHT = 24


def class_counts_chart(frame: pd.DataFrame) -> alt.Chart:
    """Return one bar per class, divided into train, validation and test, of a `class_counts_frame`.

    Bars lie down, so that names as long as "Ankle boot" stay level and readable.
    """
    axis = alt.Axis(tickCount=5, format=",d", labelPadding=6, titlePadding=6)
    names = alt.Axis(labelLimit=160, grid=False)
    bars = role_bars(frame).encode(
        x=alt.X("images:Q", stack="zero", axis=axis, title="images"),
        y=alt.Y("class:N", sort=None, axis=names, title=None),
        tooltip=tooltip(("class:N", "class"), ("role:N", "role"), ("images:Q", "images", ",d")),
    )
    chart: alt.Chart = bars.properties(width="container", height=alt.Step(_BAR_HEIGHT))
    return chart
