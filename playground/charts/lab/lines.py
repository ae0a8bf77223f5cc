"""The concept lab's lines: losses of two ways, weights on their way, a loss against a mistake."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import value_axis
from playground.charts.ink import INK
from playground.charts.lab.legends import line_legend
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
    ways = ["by hand", "built-ins"]
    color = alt.Color(
        "way:N",
        scale=alt.Scale(domain=ways, range=[palette.TRAIN, palette.VALIDATION]),
        legend=line_legend(),
    )
    base = _with_text(alt.Chart(frame)).encode(
        x=alt.X(
            "step:Q",
            scale=alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 100]), nice=False),
            axis=alt.Axis(tickMinStep=1, tickCount=8, format=",d", grid=False),
            title="step",
        ),
        y=alt.Y(
            "loss:Q",
            # A loss of zero has no logarithm; these never get there.
            scale=alt.Scale(type="log", domain=alt.DomainUnionWith(unionWith=[10, 100_000])),
            axis=value_axis(
                values=_POWERS,
                labelExpr="datum.value < 1e6 ? format(datum.value, ',~r') : "
                "replace(format(datum.value, '~e'), 'e+', 'e')",
            ),
            title="mean squared error",
        ),
        color=color,
        tooltip=[
            alt.Tooltip("step:Q", format=",d"),
            alt.Tooltip("way:N"),
            alt.Tooltip("text:N", title="loss"),
        ],
    )
    by_hand = base.transform_filter("datum.way == 'by hand'")
    built_in = base.transform_filter("datum.way == 'built-ins'")
    # A single step is no line yet; many dots would hide the line.
    few = f"datum.last <= {_FEW_STEPS}"
    by_hand_dots, built_in_dots = (
        layer.transform_joinaggregate(last="max(step)").transform_filter(few)
        for layer in (by_hand, built_in)
    )
    layers = [
        by_hand.mark_line(strokeWidth=6, opacity=0.55).properties(name="by_hand"),
        by_hand_dots.mark_point(filled=True, size=90, opacity=0.55).properties(
            name="steps_by_hand"
        ),
        built_in.mark_line(strokeWidth=2, strokeDash=[5, 4]).properties(name="built_in"),
        built_in_dots.mark_point(filled=True, size=22, opacity=1).properties(name="steps_built_in"),
    ]
    return alt.LayerChart(layer=layers, width="container", height=HEIGHT)


def _with_text(chart: alt.Chart) -> alt.Chart:
    """Add the loss as `text`: of 1e86 nobody wants all digits."""
    return chart.transform_calculate(
        text="datum.loss < 1e7 ? format(datum.loss, ',.6~f') : "
        "replace(format(datum.loss, '.1e'), 'e+', 'e')"
    )


def weights_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the way of three weights of a `weights_frame`, the first two often on one line."""
    names = list(WEIGHT_NAMES)
    colors = [palette.TRAIN, palette.VALIDATION, palette.TEST]
    base = alt.Chart(frame).encode(
        x=alt.X(
            "step:Q",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(tickCount=6, format="d", grid=False),
            title="step",
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, domain=alt.DomainUnionWith(unionWith=[0.08, 0.12])),
            axis=value_axis(tickCount=5, format="~r"),
            title="weight",
        ),
        color=alt.Color(
            "weight:N",
            scale=alt.Scale(domain=names, range=colors),
            legend=line_legend(labelExpr="replace(datum.label, ' weight', '')"),
        ),
        strokeDash=alt.StrokeDash(
            "weight:N",
            scale=alt.Scale(domain=names, range=[[1, 0], [4, 5], [9, 3]]),
            legend=line_legend(labelExpr="replace(datum.label, ' weight', '')"),
        ),
        tooltip=[
            alt.Tooltip("weight:N"),
            alt.Tooltip("step:Q", format="d"),
            alt.Tooltip("value:Q", format=".4f"),
        ],
    )
    layers = [base.mark_line(strokeWidth=3).properties(name="weights")]
    return alt.LayerChart(layer=layers, width="container", height=HEIGHT)


def logit_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return loss and mistake over the true class's logit, of a `logit_frame`, and a dot for now.

    The loss has a slope everywhere, the mistake (1 − accuracy) nowhere.
    """
    series = ["loss", "mistake"]
    base = alt.Chart(frame).encode(
        x=alt.X(
            "logit:Q",
            scale=alt.Scale(domain=[-6, 6], nice=False),
            axis=alt.Axis(tickCount=7, format="d", grid=False, labelFlush=False),
            title="logit of the true class",
        ),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 8]), nice=False),
            axis=value_axis(tickCount=5),
            title="loss in nats, mistake 0 or 1",
        ),
        color=alt.Color(
            "series:N",
            scale=alt.Scale(domain=series, range=[palette.TRAIN, palette.VALIDATION]),
            legend=line_legend(
                labelExpr="datum.label == 'loss' ? 'cross-entropy' : '1 − accuracy'",
            ),
        ),
        tooltip=[
            alt.Tooltip("logit:Q", format=".1f"),
            alt.Tooltip("series:N"),
            alt.Tooltip("value:Q", format=".3f"),
        ],
    )
    smooth = base.transform_filter("datum.series == 'loss'")
    jumps = base.transform_filter("datum.series == 'mistake'")
    layers = [
        smooth.mark_line(strokeWidth=3).properties(name="loss"),
        jumps.mark_line(strokeWidth=3, interpolate="step-after", strokeDash=[6, 3]).properties(
            name="mistake"
        ),
        base.transform_filter("datum.is_here")
        .mark_point(filled=True, size=170, opacity=1, stroke=INK, strokeWidth=1.5)
        .properties(name="here"),
    ]
    return alt.LayerChart(layer=layers, width="container", height=HEIGHT)
