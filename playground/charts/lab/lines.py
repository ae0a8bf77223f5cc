"""The concept lab's lines: losses of two ways, weights on their way, a loss against a mistake."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.ink import INK
from playground.charts.parts import (
    across,
    at_least,
    layered,
    power_labels,
    scale_of,
    stroke_legend,
    value_axis,
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


def ways_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the loss by hand and with built-ins of a `losses_frame`.

    One line is wide, the other thin and dashed on top of it: where they agree both can be seen.
    """
    ways = scale_of({"by hand": palette.TRAIN, "built-ins": palette.VALIDATION})
    ticks = {"tickMinStep": 1, "tickCount": 8, "format": ",d"}
    # Of a loss of 1e86 nobody wants all digits.
    with_text = alt.Chart(frame).transform_calculate(
        text="datum.loss < 1e7 ? format(datum.loss, ',.6~f') : "
        "replace(format(datum.loss, '.1e'), 'e+', 'e')"
    )
    base = with_text.encode(
        x=across("step:Q", "step", at_least(0, 100), **ticks),
        y=alt.Y(
            "loss:Q",
            # A loss of zero has no logarithm; these never get there.
            scale=alt.Scale(type="log", domain=at_least(10, 100_000)),
            axis=value_axis(values=_POWERS, labelExpr=power_labels("1e6")),
            title="mean squared error",
        ),
        color=alt.Color("way:N", scale=ways, legend=stroke_legend()),
        tooltip=[alt.Tooltip("step:Q", format=",d"), "way:N", alt.Tooltip("text:N", title="loss")],
    )
    by_hand = base.transform_filter("datum.way == 'by hand'")
    built_in = base.transform_filter("datum.way == 'built-ins'")
    # A single step is no line yet; many dots would hide the line.
    few = f"datum.last <= {_FEW_STEPS}"
    by_hand_dots, built_in_dots = (
        layer.transform_joinaggregate(last="max(step)").transform_filter(few)
        for layer in (by_hand, built_in)
    )
    return layered(
        HEIGHT,
        by_hand=by_hand.mark_line(strokeWidth=6, opacity=0.55),
        steps_by_hand=by_hand_dots.mark_point(filled=True, size=90, opacity=0.55),
        built_in=built_in.mark_line(strokeWidth=2, strokeDash=[5, 4]),
        steps_built_in=built_in_dots.mark_point(filled=True, size=22, opacity=1),
    )


def weights_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the way of three weights of a `weights_frame`, the first two often on one line."""
    colors = (palette.TRAIN, palette.VALIDATION, palette.TEST)
    dashes = ([1, 0], [4, 5], [9, 3])
    legend = stroke_legend(labelExpr="replace(datum.label, ' weight', '')")
    base = alt.Chart(frame).encode(
        x=across("step:Q", "step", [0, 100], tickCount=6, format="d"),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, domain=at_least(0.08, 0.12)),
            axis=value_axis(tickCount=5, format="~r"),
            title="weight",
        ),
        color=alt.Color(
            "weight:N", scale=scale_of(dict(zip(WEIGHT_NAMES, colors, strict=True))), legend=legend
        ),
        strokeDash=alt.StrokeDash(
            "weight:N", scale=scale_of(dict(zip(WEIGHT_NAMES, dashes, strict=True))), legend=legend
        ),
        tooltip=[
            "weight:N",
            alt.Tooltip("step:Q", format="d"),
            alt.Tooltip("value:Q", format=".4f"),
        ],
    )
    return layered(HEIGHT, weights=base.mark_line(strokeWidth=3))


def sweep_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return loss and mistake over the true class's logit, of a `sweep_frame`, and a dot for now.

    The loss has a slope everywhere, the mistake (1 − accuracy) nowhere.
    """
    series = scale_of({"loss": palette.TRAIN, "mistake": palette.VALIDATION})
    legend = stroke_legend(labelExpr="datum.label == 'loss' ? 'cross-entropy' : '1 − accuracy'")
    ticks = {"tickCount": 7, "format": "d", "labelFlush": False}
    base = alt.Chart(frame).encode(
        x=across("logit:Q", "logit of the true class", [-6, 6], **ticks),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=at_least(0, 8), nice=False),
            axis=value_axis(tickCount=5),
            title="loss in nats, mistake 0 or 1",
        ),
        color=alt.Color("series:N", scale=series, legend=legend),
        tooltip=[
            alt.Tooltip("logit:Q", format=".1f"),
            "series:N",
            alt.Tooltip("value:Q", format=".3f"),
        ],
    )
    smooth = base.transform_filter("datum.series == 'loss'")
    jumps = base.transform_filter("datum.series == 'mistake'")
    here = base.transform_filter("datum.is_here")
    return layered(
        HEIGHT,
        loss=smooth.mark_line(strokeWidth=3),
        mistake=jumps.mark_line(strokeWidth=3, interpolate="step-after", strokeDash=[6, 3]),
        here=here.mark_point(filled=True, size=170, opacity=1, stroke=INK, strokeWidth=1.5),
    )
