"""Training and validation accuracy over the number of training images."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT, value_axis
from playground.charts.parts import by_name, dots, line_legend, picture, tooltip

_HEIGHT = 320
_ROLES = {"train": palette.TRAIN, "validation": palette.VALIDATION}


def data_size_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the accuracies of a `data_size_frame`: their means, and from lowest to highest."""
    axis = alt.Axis(values=[25, 50, 100, 200, 400, 800], format="d", grid=False)
    scale = alt.Scale(type="log", domain=[22, 900], nice=False)
    shares = value_axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], labelExpr=TICK_PERCENT)
    base = alt.Chart(frame).encode(
        x=alt.X("images:Q", scale=scale, axis=axis, title="training images"),
        y=alt.Y("mean:Q", scale=alt.Scale(domain=[0, 1]), axis=shares, title="accuracy"),
        color=alt.Color("role:N", scale=by_name(_ROLES), legend=line_legend()),
        tooltip=tooltip(
            "role:N",
            ("images:Q", "images", "d"),
            ("mean:Q", "mean", ".1%"),
            ("low:Q", "lowest", ".1%"),
            ("high:Q", "highest", ".1%"),
        ),
    )
    spread = base.mark_rule(strokeWidth=2, opacity=0.7).encode(y="low:Q", y2="high:Q")
    return picture(_HEIGHT, spread=spread, line=base.mark_line(strokeWidth=3), dots=dots(base, 70))
