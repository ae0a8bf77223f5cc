"""Batches in order, the noise of their gradients, and what training on them does."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.parts import across, at_least, layered, scale_of, stroke_legend, value_axis
from playground.frames.lab_runs import EXPECTED, ORDERS
from playground.lab.inputs import BATCH_SIZES

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
        tooltip=["batch:O", "place:O", alt.Tooltip("label:N", title="class")],
    )
    classes = scale_of({str(number): color for number, color in enumerate(_CLASSES)})
    labels = base.mark_text(color="white", fontSize=12, fontWeight="bold").encode(text="label:N")
    return layered(
        ORDER_HEIGHT,
        cells=base.mark_rect(cornerRadius=2).encode(
            color=alt.Color("label:N", scale=classes, legend=None)
        ),
        labels=labels,
    )


def error_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the error of the gradient by batch size of a `noise_frame`, both logarithmic."""
    y = {
        "scale": alt.Scale(type="log", domain=at_least(0.1, 10)),
        "axis": value_axis(values=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50], labelExpr="datum.label"),
        "title": "error ÷ true gradient",
    }
    return _noise_chart(frame, y, ".2~f", stroke_legend(values=[*ORDERS, EXPECTED]))


def angle_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the angle to the true gradient by batch size of a `noise_frame`."""
    y = {
        "scale": alt.Scale(domain=at_least(0, 100), nice=False),
        "axis": value_axis(values=[0, 30, 60, 90, 120, 150, 180], labelExpr="datum.label + '°'"),
        "title": "angle to the true gradient",
    }
    return _noise_chart(frame, y, ".0f", stroke_legend(values=list(ORDERS)))


def _noise_chart(
    frame: pd.DataFrame, y: dict[str, Any], digits: str, legend: alt.Legend
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
        color=alt.Color(
            "order:N", scale=scale_of(_COLORS | {EXPECTED: palette.GHOST}), legend=legend
        ),
    )
    medians = base.encode(
        y=alt.Y("median:Q", **y),
        tooltip=[
            "order:N",
            alt.Tooltip("batch_size:Q", title="batch size"),
            alt.Tooltip("median:Q", format=digits),
        ],
    )
    dashes = scale_of(_DASHES | {EXPECTED: [2, 3]})
    measured = medians.transform_filter(f"datum.order != '{EXPECTED}'")
    return layered(
        HEIGHT,
        quartiles=base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", **y), y2="high:Q"),
        medians=medians.mark_line(strokeWidth=2.5).encode(
            strokeDash=alt.StrokeDash("order:N", scale=dashes, legend=None)
        ),
        dots=measured.mark_point(filled=True, size=45, opacity=1),
    )


def batch_losses_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the loss of every batch of a `batch_losses_frame`, in both orders."""
    ticks = {"tickMinStep": 1, "tickCount": 8, "format": ",d"}
    lines = alt.Chart(frame).encode(
        x=across("step:Q", "batch", at_least(0, 10), **ticks),
        y=alt.Y(
            "loss:Q",
            scale=alt.Scale(domain=at_least(0, 3)),
            axis=value_axis(tickCount=5),
            title="loss of the batch",
        ),
        color=alt.Color("order:N", scale=scale_of(_COLORS), legend=stroke_legend()),
        strokeDash=alt.StrokeDash("order:N", scale=scale_of(_DASHES), legend=None),
        tooltip=[
            "order:N",
            alt.Tooltip("step:Q", title="batch", format=",d"),
            alt.Tooltip("loss:Q", format=".3f"),
        ],
    )
    return layered(HEIGHT, losses=lines.mark_line(strokeWidth=1.8))
