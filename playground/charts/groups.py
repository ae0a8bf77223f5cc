"""Groups over seeds, of a `groups_frame`: mean, standard error and deviation as whiskers."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT
from playground.charts.ink import INK
from playground.charts.parts import dots, picture, tooltip

_ROW_HEIGHT = 34


def whisker_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return one row per group: a dot, a thick line and a thin one, and a tick for each run."""
    axis = alt.Axis(labelExpr=TICK_PERCENT, tickCount=6)
    title = "best validation accuracy"

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(zero=False), axis=axis, title=title)

    rows = alt.Axis(labelLimit=260, grid=False)
    y = alt.Y("label:N", sort=alt.SortField("place"), axis=rows, title=None)
    base = alt.Chart(frame).encode(y=y)
    runs = base.transform_filter("!datum.is_group")
    groups = base.transform_filter("datum.is_group").encode(
        tooltip=tooltip(
            ("label:N", "group"),
            ("text:N", "mean"),
            ("error:N", "standard error"),
            ("deviation:N", "standard deviation"),
            ("seeds:N", "counted"),
        )
    )
    return picture(
        alt.Step(_ROW_HEIGHT),
        runs=runs.mark_tick(color=palette.GHOST, thickness=1.5, size=16).encode(x=x("accuracy")),
        deviation=groups.mark_rule(color=palette.TRAIN, strokeWidth=1.5).encode(
            x=x("deviation_low"), x2="deviation_high:Q"
        ),
        error=groups.mark_rule(color=palette.TRAIN, strokeWidth=6).encode(
            x=x("error_low"), x2="error_high:Q"
        ),
        mean=dots(groups, 60, color=INK).encode(x=x("accuracy")),
    )
