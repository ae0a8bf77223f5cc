"""The concept lab's bars: probabilities, pixel values, a run's images, the time of a step."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import top_legend, value_axis
from playground.charts.ink import INK
from playground.charts.parts import by_name, picture, role_bars, tooltip
from playground.lab.device import PARTS

HEIGHT = 260
"""Pixels, legend and axes included."""

_SPLIT_HEIGHT = 128
_DEVICE_HEIGHT = 44  # of each bar
_PART_COLORS = (palette.GHOST, palette.TRAIN, palette.VALIDATION, palette.TEST)


def probabilities_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return a bar per class of a `probabilities_frame`, and a tick where its target is."""
    names = alt.Axis(grid=False, domain=False, ticks=False, labelFontSize=14, labelLimit=120)
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=None, axis=names, title=None),
        tooltip=tooltip("class:N", ("text:N", "probability"), ("target:Q", "target", "d")),
    )
    scale = alt.Scale(domain=[0, 1.12], nice=False)
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".0%", labelFlush=False)
    probability, target = (
        alt.X(f"{field}:Q", scale=scale, axis=axis, title="bar: probability · line: target")
        for field in ("probability", "target")
    )
    color = alt.condition("datum.target == 1", alt.value(palette.CORRECT), alt.value(palette.GHOST))
    bars = base.mark_bar(cornerRadius=3, height={"band": 0.6})
    texts = base.mark_text(align="left", dx=7, fontSize=14, color=INK)
    return picture(
        HEIGHT,
        probabilities=bars.encode(x=probability, color=color),
        targets=base.mark_tick(color=INK, thickness=4, size=40).encode(x=target),
        texts=texts.encode(x=probability, text="text:N"),
    )


def histogram_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return how often which pixel values come, before and after, of a `histogram_frame`."""
    colors = {"before": palette.GHOST, "normalized": palette.TRAIN}
    edges = (("start:Q", "from", ".1f"), ("end:Q", "to", ".1f"))
    told = "datum.label == 'before' ? 'before: pixels from 0 to 1' : datum.label"
    values = alt.Scale(domain=[-4, 4], nice=False)
    ticks = alt.Axis(values=list(range(-4, 5)), format="d", grid=False, labelFlush=False)
    legend = top_legend(symbolType="square", labelExpr=told)
    # Most pixels are often of one colour: a square root leaves the others in sight.
    root = alt.Scale(type="sqrt", domain=[0, 1])
    shares = value_axis(values=[0, 0.05, 0.2, 0.5, 1], format=".0%")
    base = alt.Chart(frame).encode(
        x=alt.X("start:Q", bin="binned", scale=values, axis=ticks, title="value"),
        x2="end:Q",
        y=alt.Y("share:Q", scale=root, axis=shares, title="share of the values"),
        color=alt.Color("series:N", scale=by_name(colors), legend=legend),
        tooltip=tooltip("series:N", *edges, ("share:Q", "", ".1%")),
    )
    layers = {
        name: base.transform_filter(f"datum.series == '{name}'").mark_bar(
            opacity=0.75, binSpacing=0
        )
        for name in colors
    }
    return picture(HEIGHT, **layers)


def split_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return one bar divided into train, validation and test, of a `split_frame`."""
    axis = alt.Axis(tickCount=6, format=",d", labelFlush=True)
    scale = alt.Scale(nice=False)
    bar = role_bars(frame, height=26).encode(
        x=alt.X("images:Q", stack="zero", scale=scale, axis=axis, title="images"),
        tooltip=tooltip("role:N", ("images:Q", "", ",d")),
    )
    return picture(_SPLIT_HEIGHT, split=bar)


def parts_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the milliseconds of each part of a step of a `parts_frame`, one after the other."""
    colors = by_name(dict(zip(PARTS.values(), _PART_COLORS, strict=True)))
    axis = alt.Axis(tickCount=6, format=",~g", labelPadding=6, titlePadding=6)
    names = alt.Axis(labelLimit=230, grid=False)
    bars = alt.Chart(frame).mark_bar(height=26)
    bars = bars.encode(
        x=alt.X("milliseconds:Q", stack="zero", axis=axis, title="milliseconds per batch"),
        y=alt.Y("device:N", sort=None, axis=names, title=None),
        color=alt.Color("part:N", scale=colors, legend=top_legend()),
        order="part_order:Q",
        tooltip=tooltip("device:N", "part:N", ("milliseconds:Q", "ms per batch", ".3~f")),
    )
    return picture(alt.Step(_DEVICE_HEIGHT), parts=bars)
