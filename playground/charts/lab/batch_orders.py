"""Batches in order, the noise of their gradients, and what training on them does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import value_axis
from playground.charts.parts import (
    at_least,
    by_name,
    dots,
    line_legend,
    picture,
    step_axis,
    tooltip,
)
from playground.frames.lab_runs import EXPECTED
from playground.lab.batch_orders import BATCH_SIZES, ORDERS

COLUMNS = 16
"""Images of a batch that the strip has room for."""
ROWS = 8
ORDER_HEIGHT = 236
HEIGHT = 260
"""Pixels, legend and axes included."""

_CLASSES = (*palette.CATEGORICAL, "#2f9e44", "#b5485d")  # ten classes: two more colours
_COLORS = dict(zip(ORDERS, (palette.TRAIN, palette.VALIDATION), strict=True))
_DASHES = dict(zip(ORDERS, ([1, 0], [6, 3]), strict=True))


def order_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the first images of the first batches of an `order_frame`, coloured by class."""
    places = alt.Scale(domain=list(range(1, COLUMNS + 1)), paddingInner=0.08)
    batches = alt.Scale(domain=list(range(1, ROWS + 1)), paddingInner=0.12)
    across = alt.Axis(values=[1, 4, 8, 12, 16], labelAngle=0, ticks=False, domain=False)
    down = alt.Axis(ticks=False, domain=False)
    base = alt.Chart(frame).encode(
        x=alt.X("place:O", scale=places, axis=across, title="place in the batch"),
        y=alt.Y("batch:O", scale=batches, axis=down, title="batch"),
        tooltip=tooltip("batch:O", "place:O", ("label:N", "class")),
    )
    classes = by_name({str(number): color for number, color in enumerate(_CLASSES)})
    color = alt.Color("label:N", scale=classes, legend=None)
    labels = base.mark_text(color="white", fontSize=12, fontWeight="bold")
    return picture(
        ORDER_HEIGHT,
        cells=base.mark_rect(cornerRadius=2).encode(color=color),
        labels=labels.encode(text="label:N"),
    )


def error_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the error of the gradient by batch size of a `noise_frame`, both logarithmic."""
    y = partial(
        alt.Y,
        scale=at_least(0.1, 10, type="log"),
        axis=value_axis(values=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50], labelExpr="datum.label"),
        title="error ÷ true gradient",
    )
    return _noise_chart(frame, y, ".2~f", [*ORDERS, EXPECTED])


def angle_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the angle to the true gradient by batch size of a `noise_frame`."""
    y = partial(
        alt.Y,
        scale=at_least(0, 100, nice=False),
        axis=value_axis(values=[0, 30, 60, 90, 120, 150, 180], labelExpr="datum.label + '°'"),
        title="angle to the true gradient",
    )
    return _noise_chart(frame, y, ".0f", ORDERS)


def _noise_chart(
    frame: pd.DataFrame, y: Callable[[str], alt.Y], digits: str, orders: Sequence[str]
) -> alt.LayerChart:
    sizes = alt.Scale(type="log", base=2, domain=[1, BATCH_SIZES[-1]], nice=False)
    axis = alt.Axis(
        values=list(BATCH_SIZES), format="d", grid=False, labelFlush=False, labelOverlap=True
    )
    colors = by_name({**_COLORS, EXPECTED: palette.GHOST})
    dashes = by_name({**_DASHES, EXPECTED: [2, 3]})
    base = alt.Chart(frame).encode(
        x=alt.X("batch_size:Q", scale=sizes, axis=axis, title="batch size"),
        color=alt.Color("order:N", scale=colors, legend=line_legend(values=list(orders))),
    )
    medians = base.encode(
        y=y("middle:Q"),
        tooltip=tooltip("order:N", ("batch_size:Q", "batch size"), ("middle:Q", "", digits)),
    )
    dash = alt.StrokeDash("order:N", scale=dashes, legend=None)
    return picture(
        HEIGHT,
        quartiles=base.mark_area(opacity=0.16).encode(y=y("low:Q"), y2="high:Q"),
        medians=medians.mark_line(strokeWidth=2.5).encode(strokeDash=dash),
        dots=dots(medians.transform_filter(f"datum.order != '{EXPECTED}'"), 45),
    )


def batch_losses_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the loss of every batch of a `batch_losses_frame`, in both orders."""
    lines = alt.Chart(frame).mark_line(strokeWidth=1.8)
    axis, title = value_axis(tickCount=5), "loss of the batch"
    lines = lines.encode(
        x=step_axis("batch", 10),
        y=alt.Y("loss:Q", scale=at_least(0, 3), axis=axis, title=title),
        color=alt.Color("order:N", scale=by_name(_COLORS), legend=line_legend()),
        strokeDash=alt.StrokeDash("order:N", scale=by_name(_DASHES), legend=None),
        tooltip=tooltip("order:N", ("step:Q", "batch", ",d"), ("loss:Q", "", ".3f")),
    )
    return picture(HEIGHT, losses=lines)
