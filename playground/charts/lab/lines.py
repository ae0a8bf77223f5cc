"""The concept lab's lines: losses of two ways, weights on their way, a loss against a mistake."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import value_axis
from playground.charts.ink import INK
from playground.charts.parts import (
    at_least,
    by_name,
    dots,
    line_legend,
    picture,
    step_axis,
    tooltip,
)
from playground.frames.lab import WEIGHT_NAMES

HEIGHT = 260
"""Pixels, legend and axes included."""

_FEW_STEPS = 20
# A loss without end needs fewer lines than one that falls.
_POWERS = alt.ExprRef(
    "domain('y')[1] > 1e9 ? [1, 1e8, 1e16, 1e32, 1e64, 1e128, 1e256] : "
    "[0.01, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8]"
)
_POWER = "replace(format(datum.{}, '{}'), 'e+', 'e')"


def ways_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the loss by hand and with built-ins of a `losses_frame`.

    One line is wide, the other thin and dashed on top of it: where they agree both can be seen.
    """
    ways = {"by hand": palette.TRAIN, "built-ins": palette.VALIDATION}
    tick = f"datum.value < 1e6 ? format(datum.value, ',~r') : {_POWER.format('value', '~e')}"
    # Of 1e86 nobody wants all digits.
    text = f"datum.loss < 1e7 ? format(datum.loss, ',.6~f') : {_POWER.format('loss', '.1e')}"
    base = (
        alt.Chart(frame)
        .transform_calculate(text=text)
        .encode(
            x=step_axis("step", 100),
            y=alt.Y(
                "loss:Q",
                # A loss of zero has no logarithm; these never get there.
                scale=at_least(10, 100_000, type="log"),
                axis=value_axis(values=_POWERS, labelExpr=tick),
                title="mean squared error",
            ),
            color=alt.Color("way:N", scale=by_name(ways), legend=line_legend()),
            tooltip=tooltip(("step:Q", "", ",d"), "way:N", ("text:N", "loss")),
        )
    )
    by_hand, built_in = (base.transform_filter(f"datum.way == '{way}'") for way in ways)
    # A single step is no line yet; many dots would hide the line.
    few_by_hand, few_built_in = (
        way.transform_joinaggregate(last="max(step)").transform_filter(
            f"datum.last <= {_FEW_STEPS}"
        )
        for way in (by_hand, built_in)
    )
    return picture(
        HEIGHT,
        by_hand=by_hand.mark_line(strokeWidth=6, opacity=0.55),
        steps_by_hand=dots(few_by_hand, 90, opacity=0.55),
        built_in=built_in.mark_line(strokeWidth=2, strokeDash=[5, 4]),
        steps_built_in=dots(few_built_in, 22),
    )


def weights_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the way of three weights of a `weights_frame`, the first two often on one line."""
    colors = (palette.TRAIN, palette.VALIDATION, palette.TEST)
    legend = line_legend(labelExpr="replace(datum.label, ' weight', '')")
    color, dash = (
        by_name(dict(zip(WEIGHT_NAMES, looks, strict=True)))
        for looks in (colors, ([1, 0], [4, 5], [9, 3]))
    )
    steps = alt.Scale(domain=[0, 100], nice=False)
    axis = alt.Axis(tickCount=6, format="d", grid=False)
    values = value_axis(tickCount=5, format="~r")
    lines = alt.Chart(frame).mark_line(strokeWidth=3)
    lines = lines.encode(
        x=alt.X("step:Q", scale=steps, axis=axis, title="step"),
        y=alt.Y("value:Q", scale=at_least(0.08, 0.12, zero=False), axis=values, title="weight"),
        color=alt.Color("weight:N", scale=color, legend=legend),
        strokeDash=alt.StrokeDash("weight:N", scale=dash, legend=legend),
        tooltip=tooltip("weight:N", ("step:Q", "", "d"), ("value:Q", "", ".4f")),
    )
    return picture(HEIGHT, weights=lines)


def logit_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return loss and mistake over the true class's logit, of a `logit_frame`, and a dot for now.

    The loss has a slope everywhere, the mistake (1 − accuracy) nowhere.
    """
    colors = by_name({"loss": palette.TRAIN, "mistake": palette.VALIDATION})
    legend = line_legend(labelExpr="datum.label == 'loss' ? 'cross-entropy' : '1 − accuracy'")
    logits = alt.Scale(domain=[-6, 6], nice=False)
    axis = alt.Axis(tickCount=7, format="d", grid=False, labelFlush=False)
    values, title = value_axis(tickCount=5), "loss in nats, mistake 0 or 1"
    base = alt.Chart(frame).encode(
        x=alt.X("logit:Q", scale=logits, axis=axis, title="logit of the true class"),
        y=alt.Y("value:Q", scale=at_least(0, 8, nice=False), axis=values, title=title),
        color=alt.Color("series:N", scale=colors, legend=legend),
        tooltip=tooltip(("logit:Q", "", ".1f"), "series:N", ("value:Q", "", ".3f")),
    )
    smooth, jumps = (
        base.transform_filter(f"datum.series == '{series}'") for series in ("loss", "mistake")
    )
    here = base.transform_filter("datum.is_here")
    return picture(
        HEIGHT,
        loss=smooth.mark_line(strokeWidth=3),
        mistake=jumps.mark_line(strokeWidth=3, interpolate="step-after", strokeDash=[6, 3]),
        here=dots(here, 170, stroke=INK, strokeWidth=1.5),
    )
