"""Layers over time: a measure of each over the epochs, and a layer's histograms.

The names of the layers shape a chart, never the numbers in it.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import (
    TICK_PERCENT,
    log_axis,
    percent_expression,
    top_legend,
    value_axis,
)
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, picture, tooltip

_HEIGHT = 300
_MOST_COLOURS = len(palette.CATEGORICAL)
_POWER = "'1e' + format(datum.value, '~r')"  # the label of a logarithm
_NUMBER = "format(datum.value, '~g')"


def layer_lines_chart(
    frame: pd.DataFrame, names: tuple[str, ...], title: str, is_share: bool
) -> alt.LayerChart:
    """Return a line per layer of a `layer_lines_frame`, on a log axis unless it `is_share`.

    Up to eight layers have colours; of more, the chosen one stands out.
    """
    if is_share:
        scale = alt.Scale(domain=[0, 1])
        axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    else:
        scale, axis = alt.Scale(type="log", nice=False), log_axis()
    base = alt.Chart(frame)
    base = base if is_share else base.transform_filter("datum.value > 0")
    lines = base.encode(
        x=_epochs("epoch:Q"), y=alt.Y("value:Q", scale=scale, axis=axis, title=title)
    )
    few = len(names) <= _MOST_COLOURS
    colours = dict(zip(names, palette.CATEGORICAL, strict=False))
    legend = top_legend(symbolType="stroke", symbolOpacity=1)
    color = (
        alt.Color("layer:N", scale=by_name(colours), legend=legend, sort=None)
        if few
        else alt.value(palette.GHOST)
    )
    chosen = lines.transform_filter("datum.chosen")
    marked = (
        chosen.encode(color=color) if few else chosen.encode(color=alt.value(palette.VALIDATION))
    )
    told = tooltip(("layer:N", "layer"), ("epoch:Q", "epoch", "d"), ("text:N", title))
    return picture(
        _HEIGHT,
        shown=lines.transform_filter("datum.shown")
        .transform_aggregate(epoch="max(epoch)")
        .mark_rule(color=palette.GHOST, strokeDash=[4, 3])
        .encode(x=_epochs("epoch:Q"), y=alt.value(0), y2=alt.value("height")),
        others=lines.mark_line(strokeWidth=1.5, opacity=0.9 if few else 0.6).encode(
            color=color, detail="layer:N"
        ),
        chosen=marked.mark_line(strokeWidth=3),
        epochs=dots(lines, 24).encode(color=color),
        found=dots(lines, 160, opacity=0.001).encode(tooltip=told),
    )


def histogram_chart(frame: pd.DataFrame, title: str, is_log: bool) -> alt.LayerChart:
    """Return the bars of a `histogram_frame`: the share of the values in each bin."""
    axis = value_axis(labelExpr=_POWER if is_log else _NUMBER, tickCount=6)
    x = alt.X("low:Q", scale=alt.Scale(zero=False, nice=False), axis=axis, title=title)
    y_axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    base = alt.Chart(frame).transform_calculate(text=percent_expression("datum.share"))
    bars = base.mark_rect(color=palette.TRAIN).encode(
        x=x,
        x2="high:Q",
        y=alt.Y("share:Q", scale=alt.Scale(zero=True), axis=y_axis, title="share of the values"),
        y2=alt.datum(0),
        tooltip=tooltip(("range:N", title), ("text:N", "share"), ("count:Q", "values", ",d")),
    )
    return picture(_HEIGHT, bars=bars)


def heat_chart(frame: pd.DataFrame, title: str, is_log: bool) -> alt.LayerChart:
    """Return the histograms of a `heat_frame`, one a column: darker is more, by its square root."""
    axis = value_axis(labelExpr=_POWER if is_log else _NUMBER, tickCount=6)
    scale = alt.Scale(zero=False, nice=False)
    base = alt.Chart(frame).transform_calculate(text=percent_expression("datum.share"))
    cells = base.mark_rect(color=palette.TRAIN, strokeWidth=0).encode(
        x=_epochs("start:Q"),
        x2="stop:Q",
        y=alt.Y("low:Q", scale=scale, axis=axis, title=title),
        y2="high:Q",
        opacity=alt.Opacity(
            "strength:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=None
        ),
        tooltip=tooltip(
            ("epoch:Q", "epoch", "d"), ("range:N", title), ("text:N", "share of the values")
        ),
    )
    shown = (
        alt.Chart(frame)
        .transform_filter("datum.shown")
        .transform_aggregate(start="min(start)", stop="max(stop)", low="min(low)", high="max(high)")
        .mark_rect(filled=False, stroke=INK, strokeWidth=1.5)
        .encode(x=_epochs("start:Q"), x2="stop:Q", y=alt.Y("low:Q", scale=scale), y2="high:Q")
    )
    return picture(_HEIGHT, cells=cells, shown=shown)


def _epochs(field: str) -> alt.X:
    axis = alt.Axis(grid=False, tickMinStep=1, tickCount=10, format="d")
    return alt.X(field, scale=alt.Scale(zero=False, nice=False), axis=axis, title="epoch")
