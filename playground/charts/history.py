"""Loss and accuracy over the epochs, live; `playground.frames.history` says what is drawn.

Only the planned epochs and the number of classes shape a chart, never the data: the page converts
it once and then sends rows alone, so that the picture stays and its lines grow.
"""

from __future__ import annotations

from math import log

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.layers import (
    best_dot,
    chance_axis,
    epoch_axis,
    hover_layers,
    line_layers,
    previous_run,
    series_color,
    value_axis,
)

HEIGHT = 260
"""Pixels, legend and axes included: the same before the first epoch and after the last."""


def loss_chart(frame: pd.DataFrame, epochs: int, classes: int) -> alt.LayerChart:
    """Return the loss in nats over `epochs` planned epochs, from a `history_frame`.

    The axis starts at zero and is as good as even where healthy losses are; above that it goes on
    in powers of ten, so that a run that diverges still shows how it began.
    """
    # Up to a tenth of its constant, symlog is a straight line to the eye.
    # To the loss of guessing, at least: the axis is there before the first batch.
    start = alt.DomainUnionWith(unionWith=[0, log(classes)])
    scale = alt.Scale(type="symlog", constant=30, zero=True, domain=start)
    ticks = alt.ExprRef(
        "domain('y')[1] > 1e7 ? [0, 1e4, 1e8, 1e16, 1e32, 1e64, 1e128, 1e256] : "
        "domain('y')[1] > 100 ? [0, 100, 1000, 1e4, 1e5, 1e6, 1e7] : "
        "domain('y')[1] > 0 ? null : []"
    )
    axis = value_axis(
        values=ticks,
        tickCount=5,
        labelExpr="datum.value < 1e4 ? format(datum.value, ',~r') "
        ": replace(format(datum.value, '~e'), 'e+', 'e')",
    )
    x = epoch_axis(epochs)
    y = alt.Y("drawn:Q", scale=scale, axis=axis, title="loss")
    color = series_color("train", "validation", "train batches")
    base = _base(frame, "loss").transform_calculate(
        # A batch above the ceiling is drawn at it; a previous run leaves the picture.
        drawn="datum.value <= datum.ceiling ? datum.value"
        " : datum.series == 'train batches' ? datum.ceiling : null",
        drawn_high="min(datum.high, datum.ceiling)",
    )
    batches = base.transform_filter("datum.series == 'train batches'").encode(x=x)
    # The colour of training, faint: the lines per epoch are what one reads.
    batch_range = (
        batches.mark_area(color=palette.TRAIN, opacity=0.14)
        .encode(y=alt.Y("low:Q", scale=scale, axis=axis, title="loss"), y2="drawn_high:Q")
        .properties(name="batch_range")
    )
    batch_line = (
        batches.mark_line(strokeWidth=1.2).encode(y=y, color=color).properties(name="batch_line")
    )
    return _combine(
        batch_range,
        batch_line,
        *previous_run(base.encode(x=x, y=y), epochs),
        *line_layers(base.encode(x=x, y=y, color=color), epochs),
        *hover_layers(base.encode(x=x), y, color, "loss", epochs),
    )


def accuracy_chart(frame: pd.DataFrame, epochs: int, classes: int) -> alt.LayerChart:
    """Return the accuracy over `epochs` planned epochs, from a `history_frame`.

    The axis always runs from 0 to 100 %, so that nothing jumps and chance is in sight, and it is
    stretched towards 100 %, where good networks differ: half of the mistakes that are left are
    about the same step everywhere in the upper half.
    """
    # The distance to 100 % on a symlog scale, upside down.
    scale = alt.Scale(type="symlog", constant=0.05, domain=[1, 0], nice=False)
    axis = value_axis(
        values=[0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
        labelExpr="format(100 * (1 - datum.value), '.0f') + ' %'",
    )
    x = epoch_axis(epochs)
    y = alt.Y("mistakes:Q", scale=scale, axis=axis, title="accuracy")
    # Every layer would draw the axis: only the best dot's does.
    bare_y = alt.Y("mistakes:Q", scale=scale, axis=None)
    color = series_color("train", "validation")
    base = _base(frame, "accuracy").transform_calculate(mistakes="1 - datum.value")
    chart = _combine(
        chance_axis(base.encode(x=x, color=color), scale, classes),
        *previous_run(base.encode(x=x, y=bare_y), epochs),
        *line_layers(base.encode(x=x, y=bare_y, color=color), epochs),
        best_dot(base.encode(x=x, y=y)),
        *hover_layers(base.encode(x=x), bare_y, color, "accuracy", epochs),
    )
    # Two axes, left for the accuracies and right for chance, on one scale.
    chart.resolve = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
    return chart


def _base(frame: pd.DataFrame, metric: str) -> alt.Chart:
    return alt.Chart(frame).transform_filter(f"datum.metric == '{metric}'")


def _combine(*layers: alt.Chart) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers), width="container", height=HEIGHT)
