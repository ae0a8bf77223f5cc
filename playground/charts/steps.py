"""The steps of a run over its epochs, of a `steps_frame`: one measure, live."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_NUMBER, epoch_axis, log_axis, top_legend, value_axis
from playground.charts.parts import by_name, dots, picture, tooltip
from playground.frames.steps import STEP_MEASURES

HEIGHT = 220
"""Pixels, legend and axes included."""


def steps_chart(
    frame: pd.DataFrame, measure: str, epochs: int, is_log: bool = False, has_previous: bool = False
) -> alt.LayerChart:
    """Return one of the `STEP_MEASURES` over the epochs, from zero or with a logarithmic axis.

    The previous run is in the legend where there is one.
    """
    if is_log:
        scale, axis = alt.Scale(type="log", nice=False), log_axis()
    else:
        scale, axis = alt.Scale(zero=True), value_axis(tickCount=5, labelExpr=TICK_NUMBER)
    title = STEP_MEASURES[measure]
    y = alt.Y("value:Q", scale=scale, axis=axis, title=title)
    legend = top_legend(symbolType="stroke", symbolOpacity=1)
    names = {"this run": palette.TRAIN} | ({"previous": palette.GHOST} if has_previous else {})
    color = alt.Color("series:N", scale=by_name(names), legend=legend)
    dashes = by_name(dict(zip(names, ([1, 0], [7, 4]), strict=False)))
    dash = alt.StrokeDash("series:N", scale=dashes, legend=legend)
    base = alt.Chart(frame)
    if is_log:
        base = base.transform_filter("datum.value > 0")
    end = alt.Chart(frame).transform_aggregate(end="max(end)").mark_point(opacity=0, aria=False)
    lines = base.encode(x=epoch_axis(epochs), y=y, color=color)
    told = tooltip(("series:N", "run"), ("epoch:Q", "epoch", "d"), ("text:N", title))
    return picture(
        HEIGHT,
        end=end.encode(x=epoch_axis(epochs, "end")),
        lines=lines.mark_line(strokeWidth=2, strokeCap="round").encode(strokeDash=dash),
        epochs=dots(lines.transform_filter("datum.dotted"), 20),
        # What the pointer finds is larger than what is seen.
        found=lines.mark_point(size=200, opacity=0, filled=True).encode(tooltip=told),
    )
