"""One setting of a sweep and what came of it: numbers on an axis, names side by side."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT, value_axis
from playground.charts.ink import INK
from playground.charts.parts import dots, picture, tooltip

HEIGHT = 320
_TOP = "isValid(datum.high) ? datum.high : datum.accuracy"  # above the whisker
_TICK = "format(datum.value, ',~r')"
_ROOM = 32  # pixels between the frame and what is drawn
_FONT_SIZE = 13


def sweep_chart(frame: pd.DataFrame, is_zoomed: bool = False) -> alt.LayerChart:
    """Return the best validation accuracy over one setting, of a `sweep_points` table.

    A dot is a run, or the mean over seeds with a whisker of one standard deviation to either side
    and its runs as small dots; a star marks the best. Accuracies go from 0 to 100 %, `is_zoomed`
    only as far as they lie apart. A value without an epoch says the status of its run.
    """
    title = "best validation accuracy"
    axis = value_axis(tickCount=6, labelExpr=TICK_PERCENT)
    # Padding around nothing is no number, and Vega would write that into the picture.
    has_room = is_zoomed and bool(frame["accuracy"].notna().any())
    whole = alt.Scale(domain=[0, 1])
    scale = alt.Scale(zero=False, nice=False, padding=_ROOM) if has_room else whole
    y = alt.Y("accuracy:Q", scale=scale, axis=axis, title=title)
    low, high, top = (
        alt.Y(f"{end}:Q", scale=scale, axis=axis, title=title) for end in ("low", "high", "top")
    )
    mark = "★ " if frame["x"].nunique() > 1 else ""
    told = (("settings:N", "run"), ("text:N", title), ("seeds:N", "counted"))
    base = alt.Chart(frame).encode(x=_across(frame), tooltip=tooltip(*told))
    known = base.transform_filter("isValid(datum.accuracy)")
    means, runs = (known.transform_filter(f"{sign}datum.is_run") for sign in ("!", ""))
    spread = means.transform_filter("isValid(datum.low)")
    best = means.transform_filter("datum.best")
    cap: dict[str, Any] = {"orient": "horizontal", "size": 14, "thickness": 2}
    caps = spread.mark_tick(color=palette.VALIDATION, **cap)
    line = means.mark_line(color=palette.VALIDATION, strokeWidth=1.5, opacity=0.7)
    layers = {"line": line.encode(y=y)} if _scale(frame) != "names" else {}
    star: dict[str, Any] = {"color": INK, "fontSize": _FONT_SIZE, "fontWeight": "bold", "dy": -15}
    status = base.transform_filter("!isValid(datum.accuracy)")
    return picture(
        HEIGHT,
        **layers,
        runs=dots(runs.encode(y=y), 28, color=palette.GHOST, opacity=0.8),
        whiskers=spread.mark_rule(color=palette.VALIDATION, strokeWidth=2).encode(y=low, y2="high"),
        lower_caps=caps.encode(y=low),
        upper_caps=caps.encode(y=high),
        means=dots(means.encode(y=y), 110, color=palette.VALIDATION),
        best=best.transform_calculate(shown=f"'{mark}' + datum.text", top=_TOP)
        .mark_text(**star)
        .encode(y=top, text="shown:N"),
        statuses=status.mark_text(color=INK, fontSize=_FONT_SIZE, y="height", dy=-12).encode(
            text="text:N"
        ),
    )


def _across(frame: pd.DataFrame) -> alt.X:
    """Return the x axis: at the values themselves where they are numbers, else their names."""
    title = str(frame["x_title"].iloc[0]) if len(frame) else ""
    kind = _scale(frame)
    if kind == "names":
        names = list(frame.sort_values("x_order")["x"].drop_duplicates())
        look = alt.Axis(labelAngle=0, labelLimit=140, grid=False, ticks=False)
        return alt.X("x:N", sort=names, axis=look, title=title or None)
    values = sorted({float(value) for value in frame["x_value"]})
    scale = alt.Scale(zero=False, nice=False, padding=_ROOM)
    if kind == "log":
        title = f"{title} (logarithmic)"
        scale = alt.Scale(type="log", nice=False, padding=_ROOM)
        if values[0] <= 0:  # no logarithm: from zero to the first value the axis is a straight line
            least = next(value for value in values if value > 0)
            scale = alt.Scale(type="symlog", constant=least, nice=False, padding=_ROOM)
    look = alt.Axis(
        values=values, labelExpr=_TICK, labelOverlap="greedy", labelPadding=6, grid=False
    )
    return alt.X("x_value:Q", scale=scale, axis=look, title=title)


def _scale(frame: pd.DataFrame) -> str:
    return str(frame["scale"].iloc[0]) if len(frame) else "names"
