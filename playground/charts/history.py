"""Loss and accuracy over the epochs, live; `playground.frames.history` says what is drawn.

Only the planned epochs and the number of classes shape a chart, never the data: the page converts
it once and then sends rows alone, so that the picture stays and its lines grow.
"""

from __future__ import annotations

from math import log

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import accuracy_axis, epoch_axis, loss_axis
from playground.charts.layers import (
    best_dot,
    chance_axis,
    continued_rule,
    hover_layers,
    line_layers,
    previous_run,
    series_color,
)
from playground.charts.parts import picture

HEIGHT = 260
"""Pixels, legend and axes included: the same before the first epoch and after the last."""


def loss_chart(frame: pd.DataFrame, epochs: int, classes: int) -> alt.LayerChart:
    """Return the loss in nats over `epochs` planned epochs, from a `history_frame`."""
    scale, axis = loss_axis(log(classes))
    y = alt.Y("drawn:Q", scale=scale, axis=axis, title="loss")
    color = series_color("train", "validation", "train batches")
    base = _base(frame, "loss", epochs).transform_calculate(
        # A batch above the ceiling is drawn at it; a previous run leaves the picture.
        drawn="datum.value <= datum.ceiling ? datum.value"
        " : datum.series == 'train batches' ? datum.ceiling : null",
        drawn_high="min(datum.high, datum.ceiling)",
    )
    batches = base.transform_filter("datum.series == 'train batches'")
    # The colour of training, faint: the lines per epoch are what one reads.
    area = batches.mark_area(color=palette.TRAIN, opacity=0.14)
    low = alt.Y("low:Q", scale=scale, axis=axis, title="loss")
    return picture(
        HEIGHT,
        batch_range=area.encode(y=low, y2="drawn_high:Q"),
        batch_line=batches.mark_line(strokeWidth=1.2).encode(y=y, color=color),
        **previous_run(base.encode(y=y), epochs),
        **line_layers(base.encode(y=y, color=color), epochs),
        **hover_layers(base, y, color, "loss", epochs),
        continued=continued_rule(base),
    )


def accuracy_chart(frame: pd.DataFrame, epochs: int, classes: int) -> alt.LayerChart:
    """Return the accuracy over `epochs` planned epochs, from a `history_frame`."""
    scale, axis = accuracy_axis()
    y = alt.Y("mistakes:Q", scale=scale, axis=axis, title="accuracy")
    # Every layer would draw the axis: only the best dot's does.
    bare_y = alt.Y("mistakes:Q", scale=scale, axis=None)
    color = series_color("train", "validation")
    base = _base(frame, "accuracy", epochs).transform_calculate(mistakes="1 - datum.value")
    chart = picture(
        HEIGHT,
        chance_level=chance_axis(base.encode(color=color), scale, classes),
        **previous_run(base.encode(y=bare_y), epochs),
        **line_layers(base.encode(y=bare_y, color=color), epochs),
        best_epoch=best_dot(base.encode(y=y)),
        **hover_layers(base, bare_y, color, "accuracy", epochs),
        continued=continued_rule(base),
    )
    # Two axes, left for the accuracies and right for chance, on one scale.
    chart.resolve = alt.Resolve(axis=alt.AxisResolveMap(y="independent"))
    return chart


def _base(frame: pd.DataFrame, metric: str, epochs: int) -> alt.Chart:
    rows = alt.Chart(frame).transform_filter(f"datum.metric == '{metric}'")
    return rows.encode(x=epoch_axis(epochs))
