"""Batches in order, the noise of their gradients, and what training on them does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import value_axis
from playground.charts.lab.legends import line_legend
from playground.frames.lab_runs import EXPECTED
from playground.lab.batch_orders import BATCH_SIZES, ORDERS

COLUMNS = 16
"""Images of a batch that the strip has room for."""
ROWS = 8
ORDER_HEIGHT = 236
HEIGHT = 260
"""Pixels, legend and axes included."""

_CLASSES = (*palette.CATEGORICAL, "#2f9e44", "#b5485d")  # ten classes: two more colours
_COLORS = alt.Scale(
    domain=[*ORDERS, EXPECTED], range=[palette.TRAIN, palette.VALIDATION, palette.GHOST]
)
_DASHES = alt.Scale(domain=[*ORDERS, EXPECTED], range=[[1, 0], [6, 3], [2, 3]])


def order_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the first images of the first batches of an `order_frame`, coloured by class."""
    base = alt.Chart(frame).encode(
        x=alt.X(
            "place:O",
            scale=alt.Scale(domain=list(range(1, COLUMNS + 1)), paddingInner=0.08),
            axis=alt.Axis(values=[1, 4, 8, 12, 16], labelAngle=0, ticks=False, domain=False),
            title="place in the batch",
        ),
        y=alt.Y(
            "batch:O",
            scale=alt.Scale(domain=list(range(1, ROWS + 1)), paddingInner=0.12),
            axis=alt.Axis(ticks=False, domain=False),
            title="batch",
        ),
        tooltip=[
            alt.Tooltip("batch:O"),
            alt.Tooltip("place:O"),
            alt.Tooltip("label:N", title="class"),
        ],
    )
    names = [str(number) for number in range(len(_CLASSES))]
    color = alt.Color("label:N", scale=alt.Scale(domain=names, range=list(_CLASSES)), legend=None)
    cells = base.mark_rect(cornerRadius=2).encode(color=color).properties(name="cells")
    labels = (
        base.mark_text(color="white", fontSize=12, fontWeight="bold")
        .encode(text="label:N")
        .properties(name="labels")
    )
    return alt.LayerChart(layer=[cells, labels], width="container", height=ORDER_HEIGHT)


def error_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the error of the gradient by batch size of a `noise_frame`, both logarithmic."""
    y = partial(
        alt.Y,
        scale=alt.Scale(type="log", domain=alt.DomainUnionWith(unionWith=[0.1, 10])),
        axis=value_axis(values=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50], labelExpr="datum.label"),
        title="error ÷ true gradient",
    )
    return _noise_chart(frame, y, ".2~f", [*ORDERS, EXPECTED])


def angle_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the angle to the true gradient by batch size of a `noise_frame`."""
    y = partial(
        alt.Y,
        scale=alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 100]), nice=False),
        axis=value_axis(values=[0, 30, 60, 90, 120, 150, 180], labelExpr="datum.label + '°'"),
        title="angle to the true gradient",
    )
    return _noise_chart(frame, y, ".0f", ORDERS)


def _noise_chart(
    frame: pd.DataFrame, y: Callable[[str], alt.Y], digits: str, orders: Sequence[str]
) -> alt.LayerChart:
    base = alt.Chart(frame).encode(
        x=alt.X(
            "batch_size:Q",
            scale=alt.Scale(type="log", base=2, domain=[1, BATCH_SIZES[-1]], nice=False),
            axis=alt.Axis(
                values=list(BATCH_SIZES),
                format="d",
                grid=False,
                labelFlush=False,
                labelOverlap=True,
            ),
            title="batch size",
        ),
        color=alt.Color("order:N", scale=_COLORS, legend=line_legend(values=list(orders))),
    )
    band = (
        base.mark_area(opacity=0.16).encode(y=y("low:Q"), y2="high:Q").properties(name="quartiles")
    )
    medians = base.encode(
        y=y("median:Q"),
        tooltip=[
            alt.Tooltip("order:N"),
            alt.Tooltip("batch_size:Q", title="batch size"),
            alt.Tooltip("median:Q", format=digits),
        ],
    )
    lines = medians.mark_line(strokeWidth=2.5).encode(
        strokeDash=alt.StrokeDash("order:N", scale=_DASHES, legend=None)
    )
    dots = medians.transform_filter(f"datum.order != '{EXPECTED}'").mark_point(
        filled=True, size=45, opacity=1
    )
    return alt.LayerChart(
        layer=[band, lines.properties(name="medians"), dots.properties(name="dots")],
        width="container",
        height=HEIGHT,
    )


def batch_losses_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the loss of every batch of a `batch_losses_frame`, in both orders."""
    orders = list(ORDERS)
    lines = (
        alt.Chart(frame)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X(
                "step:Q",
                scale=alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 10]), nice=False),
                axis=alt.Axis(tickMinStep=1, tickCount=8, format=",d", grid=False),
                title="batch",
            ),
            y=alt.Y(
                "loss:Q",
                scale=alt.Scale(domain=alt.DomainUnionWith(unionWith=[0, 3])),
                axis=value_axis(tickCount=5),
                title="loss of the batch",
            ),
            color=alt.Color(
                "order:N",
                scale=alt.Scale(domain=orders, range=[palette.TRAIN, palette.VALIDATION]),
                legend=line_legend(),
            ),
            strokeDash=alt.StrokeDash(
                "order:N", scale=alt.Scale(domain=orders, range=[[1, 0], [6, 3]]), legend=None
            ),
            tooltip=[
                alt.Tooltip("order:N"),
                alt.Tooltip("step:Q", title="batch", format=",d"),
                alt.Tooltip("loss:Q", format=".3f"),
            ],
        )
        .properties(name="losses")
    )
    return alt.LayerChart(layer=[lines], width="container", height=HEIGHT)
