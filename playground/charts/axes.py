"""The axes, scales and legends that charts share, and how they write a share."""

from __future__ import annotations

from typing import Any

import altair as alt

TICK_PERCENT = "format(100 * datum.value, '~r') + ' %'"
"""The label of a tick at a share: round numbers, so that six digits never round one to 100 %."""


def epoch_axis(epochs: int) -> alt.X:
    """Return the x axis from 0 to the planned epochs: lines grow into the empty space."""
    scale = alt.Scale(domain=[0, epochs], nice=False)
    look: dict[str, Any] = {"grid": False, "labelPadding": 6, "titlePadding": 6}
    ticks: dict[str, Any] = {"tickMinStep": 1, "tickCount": min(epochs, 10), "format": "d"}
    axis = alt.Axis(labelFlush=False, **look, **ticks)
    return alt.X("epoch:Q", scale=scale, axis=axis, title="epoch")


def value_axis(**ticks: Any) -> alt.Axis:
    """Return an axis for loss or accuracy, with grid lines and labels close to the plot."""
    return alt.Axis(
        grid=True, labelPadding=6, titlePadding=8, labelFlush=False, labelOverlap="greedy", **ticks
    )


def top_legend(gap: float = 8, **symbol: Any) -> alt.Legend:
    """Return a legend above the plot, close to it, `gap` pixels between its entries."""
    return alt.Legend(
        orient="top",
        title=None,
        labelFontSize=11,
        labelLimit=300,
        labelPadding=4,
        columnPadding=gap,
        padding=2,
        offset=6,
        symbolStrokeWidth=2,
        **symbol,
    )


def accuracy_axis() -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of 1 − accuracy: always 0 to 100 %, so that nothing jumps.

    The distance to 100 % is on a symlog scale, upside down: half of the mistakes that are left are
    about the same step everywhere in the upper half.
    """
    scale = alt.Scale(type="symlog", constant=0.05, domain=[1, 0], nice=False)
    axis = value_axis(
        values=[0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
        labelExpr="format(100 * (1 - datum.value), '.0f') + ' %'",
    )
    return scale, axis


def loss_axis(guessing: float) -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of a loss in nats, at least up to that of `guessing`.

    It starts at zero and is as good as even where healthy losses are; above that it goes on in
    powers of ten, so that a run that diverges still shows how it began.
    """
    # Up to a tenth of its constant, symlog is a straight line to the eye.
    # To the loss of guessing, at least: the axis is there before the first batch.
    start = alt.DomainUnionWith(unionWith=[0, guessing])
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
    return scale, axis


def percent_expression(share: str) -> str:
    """Return the Vega expression that writes a share as `percent_text` does."""
    clamped = f"({share} > 0 && {share} < 1 ? clamp(100 * {share}, 0.1, 99.9) : 100 * {share})"
    return f"format({clamped}, '.1f') + ' %'"
