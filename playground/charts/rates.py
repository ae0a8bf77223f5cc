"""The loss while the learning rate grows: the mean of some seeds, their range, the suggestion."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_NUMBER, value_axis
from playground.charts.ink import INK
from playground.charts.parts import dots, picture, tooltip

HEIGHT = 300
_DECADES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10]


def rates_chart(
    frame: pd.DataFrame, rate: float | None, low: float | None, high: float | None, name: str
) -> alt.LayerChart:
    """Return the losses of a `rates_frame` over the rates, on a logarithmic axis.

    Upright, the suggested `rate` with its `name`, and the range from `low` to `high` that the
    seeds suggest; nothing where `rate` is None.
    """
    ticks = alt.Axis(
        values=_DECADES, labelExpr=TICK_NUMBER, grid=False, labelOverlap="greedy", labelFlush=False
    )
    scale = alt.Scale(type="log", domain=[_DECADES[0], _DECADES[-1]], nice=False)
    x = alt.X("rate:Q", scale=scale, axis=ticks, title="learning rate (logarithmic)")
    title = "loss, smoothed"
    values = value_axis(tickCount=5, labelExpr=TICK_NUMBER)
    # What rises beyond is cut off: it would press the valley flat.
    top = 1.5 * float(frame["mean"].iloc[0]) if len(frame) else 1.0
    within = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("mean:Q", scale=within, axis=values, title=title)
    base = alt.Chart(frame).encode(x=x)
    told = tooltip(
        ("rate:Q", "learning rate", ".2~g"),
        ("mean:Q", "loss, mean", ".3f"),
        ("low:Q", "lowest", ".3f"),
        ("high:Q", "highest", ".3f"),
        ("seeds:Q", "seeds", "d"),
    )
    band = base.mark_area(color=palette.TRAIN, opacity=0.25, clip=True)
    layers = {
        "band": band.encode(y=alt.Y("low:Q", scale=within, axis=values, title=title), y2="high:Q"),
        "line": base.mark_line(color=palette.TRAIN, strokeWidth=3, clip=True).encode(y=y),
        "points": dots(base, 60, color=palette.TRAIN, opacity=0, clip=True).encode(
            y=y, tooltip=told
        ),
    }
    if rate is None:
        return picture(HEIGHT, **layers)
    marks = pd.DataFrame([{"rate": rate, "low": low, "high": high, "name": name}])
    mark = alt.Chart(marks)
    span = mark.mark_rect(color=palette.VALIDATION, opacity=0.2)
    span = span.encode(x=alt.X("low:Q", scale=scale, axis=ticks), x2="high:Q")
    rule = mark.mark_rule(color=palette.VALIDATION, strokeWidth=2).encode(x=x)
    words = mark.mark_text(color=INK, align="right", dx=-6, y=10, fontSize=13, fontWeight="bold")
    return picture(HEIGHT, span=span, **layers, rule=rule, words=words.encode(x=x, text="name:N"))
