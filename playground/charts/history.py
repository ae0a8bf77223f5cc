"""Loss and accuracy over the epochs, live; `playground.frames.history` says what is drawn.

Only the planned epochs and the number of classes shape a chart, never the data: the page converts
it once and then sends rows alone, so that the picture stays and its lines grow.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.layers import (
    chance_axis,
    line_layers,
    metric_hover,
    previous_run,
    series_color,
)
from playground.charts.parts import accuracy_scale, epoch_axis, layered, loss_scale

HEIGHT = 260
"""Pixels, legend and axes included: the same before the first epoch and after the last."""


def loss_chart(frame: pd.DataFrame, epochs: int) -> alt.LayerChart:
    """Return the loss in nats over `epochs` planned epochs, from a `history_frame`.

    The axis starts at zero and is as good as even where healthy losses are; above that it goes on
    in powers of ten, so that a run that diverges still shows how it began.
    """
    scale, axis = loss_scale("domain('y')[1] > 0 ? null : []")
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
    return layered(
        HEIGHT,
        # The colour of training, faint: the lines per epoch are what one reads.
        batch_range=batches.mark_area(color=palette.TRAIN, opacity=0.14).encode(
            y=alt.Y("low:Q", scale=scale, axis=axis, title="loss"), y2="drawn_high:Q"
        ),
        batch_line=batches.mark_line(strokeWidth=1.2).encode(y=y, color=color),
        **previous_run(base.encode(x=x, y=y), epochs),
        **line_layers(base.encode(x=x, y=y, color=color), epochs),
        **metric_hover(base.encode(x=x), y, color, "loss", epochs),
    )


def accuracy_chart(frame: pd.DataFrame, epochs: int, classes: int) -> alt.LayerChart:
    """Return the accuracy over `epochs` planned epochs, from a `history_frame`.

    The axis always runs from 0 to 100 %, so that nothing jumps and chance is in sight, and it is
    stretched towards 100 %, where good networks differ: half of the mistakes that are left are
    about the same step everywhere in the upper half.
    """
    scale, axis = accuracy_scale()
    x = epoch_axis(epochs)
    y = alt.Y("mistakes:Q", scale=scale, axis=axis, title="accuracy")
    # Every layer would draw the axis: only the best dot's does.
    bare_y = alt.Y("mistakes:Q", scale=scale, axis=None)
    color = series_color("train", "validation")
    base = _base(frame, "accuracy").transform_calculate(mistakes="1 - datum.value")
    best = base.encode(x=x, y=y).transform_filter("datum.best")
    chart = layered(
        HEIGHT,
        chance_level=chance_axis(base.encode(x=x, color=color), scale, classes),
        **previous_run(base.encode(x=x, y=bare_y), epochs),
        **line_layers(base.encode(x=x, y=bare_y, color=color), epochs),
        best_epoch=best.mark_point(size=150, strokeWidth=2, color=palette.VALIDATION, opacity=1),
        **metric_hover(base.encode(x=x), bare_y, color, "accuracy", epochs),
    )
    # Two axes, left for the accuracies and right for chance, on one scale.
    chart.resolve = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
    return chart


def _base(frame: pd.DataFrame, metric: str) -> alt.Chart:
    return alt.Chart(frame).transform_filter(f"datum.metric == '{metric}'")
