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
    arrows,
    best_dot,
    chance_level,
    chance_text,
    continued_rule,
    dashed_entry,
    end_of_axis,
    finding_rule,
    guessing_layers,
    hover_layers,
    line_layers,
    previous_run,
    reference_layers,
    series_color,
)
from playground.charts.parts import picture

HEIGHT = 260
"""Pixels, legend and axes included: the same before the first epoch and after the last."""


def loss_chart(
    frame: pd.DataFrame, epochs: int, classes: int, is_log: bool = False
) -> alt.LayerChart:
    """Return the loss in nats over up to `epochs` planned epochs, from a `history_frame`."""
    scale, axis = loss_axis(log(classes), is_log)
    y = alt.Y("drawn:Q", scale=scale, axis=axis, title="loss")
    color = series_color("train", "validation", "train batches")
    # A batch above the end of the axis is drawn at it; an epoch leaves the picture.
    linear = (
        "datum.value <= datum.ceiling ? datum.value"
        " : datum.series == 'train batches' ? datum.ceiling : null"
    )
    base = _base(frame, "loss", epochs).transform_calculate(
        drawn="datum.value > 0 ? datum.value : null" if is_log else linear,
        drawn_low="min(datum.low, datum.ceiling)",
        drawn_high="min(datum.high, datum.ceiling)",
    )
    batches = base.transform_filter("datum.series == 'train batches'")
    # The colour of training, faint: the lines per epoch are what one reads.
    area = batches.mark_area(color=palette.TRAIN, opacity=0.14)
    low = alt.Y("drawn_low:Q", scale=scale, axis=axis, title="loss")
    # A logarithmic axis shows all that is drawn; single batches do not set its low end.
    linear_only = {
        "batch_range": area.encode(y=low, y2="drawn_high:Q"),
        "above": arrows(base, scale, axis),
    }
    return picture(
        HEIGHT,
        end=end_of_axis(base.encode(color=color), epochs),
        **guessing_layers(base, alt.Y("value:Q", scale=scale, axis=axis, title="loss")),
        **({} if is_log else linear_only),
        batch_line=batches.mark_line(strokeWidth=1.2).encode(y=y, color=color),
        **previous_run(base.encode(y=y), dashed_entry()),
        **line_layers(base.encode(y=y, color=color)),
        **hover_layers(base, y, color, "loss"),
        continued=continued_rule(base),
        finding=finding_rule(base),
    )


def accuracy_chart(
    frame: pd.DataFrame,
    epochs: int,
    classes: int,
    is_zoomed: bool = False,
    has_chance: bool = True,
) -> alt.LayerChart:
    """Return the accuracy over up to `epochs` planned epochs, from a `history_frame`.

    `is_zoomed` to what is drawn, the level of chance is out of sight.
    """
    scale, axis = accuracy_axis(is_zoomed)
    y = alt.Y("value:Q", scale=scale, axis=axis, title="accuracy")
    color = series_color("train", "validation")
    base = _base(frame, "accuracy", epochs)
    entry, chance = dashed_entry(), {}
    if has_chance and not is_zoomed:
        entry = dashed_entry(chance_text(classes))
        chance = {"chance_level": chance_level(base, scale, axis, entry, classes)}
    return picture(
        HEIGHT,
        end=end_of_axis(base.encode(color=color), epochs),
        **chance,
        **reference_layers(base, y, is_zoomed=is_zoomed),
        **previous_run(base.encode(y=y), entry),
        **line_layers(base.encode(y=y, color=color)),
        best_epoch=best_dot(base.encode(y=y)),
        **hover_layers(base, y, color, "accuracy"),
        continued=continued_rule(base),
        finding=finding_rule(base),
    )


def _base(frame: pd.DataFrame, metric: str, epochs: int) -> alt.Chart:
    rows = alt.Chart(frame).transform_filter(f"datum.metric == '{metric}'")
    return rows.encode(x=epoch_axis(epochs))
