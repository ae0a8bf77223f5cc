"""The concept lab's bars: probabilities against their target, pixel values before and after."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.ink import INK
from playground.charts.parts import layered, scale_of, top_legend, value_axis

HEIGHT = 260
"""Pixels, legend and axes included."""


def probabilities_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return a bar per class of a `probabilities_frame`, and a tick where its target is."""
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            axis=alt.Axis(grid=False, domain=False, ticks=False, labelFontSize=14, labelLimit=120),
            title=None,
        ),
        tooltip=[
            "class:N",
            alt.Tooltip("text:N", title="probability"),
            alt.Tooltip("target:Q", title="target", format="d"),
        ],
    )
    scale = alt.Scale(domain=[0, 1.12], nice=False)
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".0%", labelFlush=False)
    title = "bar: probability · line: target"
    right, wrong = alt.value(palette.CORRECT), alt.value(palette.GHOST)
    bars = base.encode(x=alt.X("probability:Q", scale=scale, axis=axis, title=title))
    return layered(
        HEIGHT,
        probabilities=bars.mark_bar(cornerRadius=3, height={"band": 0.6}).encode(
            color=alt.condition("datum.target == 1", right, wrong)
        ),
        targets=base.mark_tick(color=INK, thickness=4, size=40).encode(
            x=alt.X("target:Q", scale=scale, axis=axis, title=title)
        ),
        texts=bars.mark_text(align="left", dx=7, fontSize=14, color=INK).encode(text="text:N"),
    )


def histogram_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return how often which pixel values come, before and after, of a `histogram_frame`."""
    colors = {"before": palette.GHOST, "normalized": palette.TRAIN}
    base = alt.Chart(frame).encode(
        x=alt.X(
            "start:Q",
            bin="binned",
            scale=alt.Scale(domain=[-4, 4], nice=False),
            axis=alt.Axis(values=list(range(-4, 5)), format="d", grid=False, labelFlush=False),
            title="value",
        ),
        x2="end:Q",
        y=alt.Y(
            "share:Q",
            # Most pixels are often of one colour: a square root leaves the others in sight.
            scale=alt.Scale(type="sqrt", domain=[0, 1]),
            axis=value_axis(values=[0, 0.05, 0.2, 0.5, 1], format=".0%"),
            title="share of the values",
        ),
        color=alt.Color(
            "series:N",
            scale=scale_of(colors),
            legend=top_legend(
                symbolType="square",
                labelExpr="datum.label == 'before' ? 'before: pixels from 0 to 1' : datum.label",
            ),
        ),
        tooltip=[
            "series:N",
            alt.Tooltip("start:Q", title="from", format=".1f"),
            alt.Tooltip("end:Q", title="to", format=".1f"),
            alt.Tooltip("share:Q", format=".1%"),
        ],
    )
    bars = base.mark_bar(opacity=0.75, binSpacing=0)
    layers = {name: bars.transform_filter(f"datum.series == '{name}'") for name in colors}
    return layered(HEIGHT, **layers)
