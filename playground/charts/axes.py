"""The axes, scales and legends that charts share, and how they write a share."""

from __future__ import annotations

from typing import Any

import altair as alt

TICK_PERCENT = "format(100 * datum.value, '~r') + ' %'"
"""The label of a tick at a share: round numbers, so that six digits never round one to 100 %."""

TICK_NUMBER = (
    "datum.value == 0 || (datum.value >= 0.001 && datum.value < 1e5) "
    "? format(datum.value, ',~r') : replace(format(datum.value, '.2~e'), 'e+', 'e')"
)
"""The label of a tick at a number of any size, such as 0.05 and 2e16."""


def epoch_axis(planned: int, field: str = "epoch") -> alt.X:
    """Return the x axis from 0 to ten of the planned epochs, and as far as the rows go.

    The rows say where it ends (`playground.frames.extent`): lines grow into empty space.
    """
    domain = alt.DomainUnionWith(unionWith=[0, min(planned, 10)])
    scale = alt.Scale(domain=domain, nice=False)
    look: dict[str, Any] = {"grid": False, "labelPadding": 6, "titlePadding": 6}
    ticks: dict[str, Any] = {"tickMinStep": 1, "tickCount": 10, "format": "d"}
    axis = alt.Axis(labelFlush=False, labelOverlap="greedy", **look, **ticks)
    return alt.X(f"{field}:Q", scale=scale, axis=axis, title="epoch")


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


def accuracy_axis(is_zoomed: bool = False) -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of an accuracy: 0 to 100 %, or `is_zoomed` to what is drawn."""
    scale = alt.Scale(zero=False) if is_zoomed else alt.Scale(domain=[0, 1], nice=False)
    return scale, value_axis(tickCount=5, labelExpr=TICK_PERCENT)


def loss_axis(guessing: float, is_log: bool = False) -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of a loss in nats, from zero up to that of `guessing` at least.

    With `is_log` a logarithmic one, which has no zero. It is there before the first batch.
    """
    low = guessing / 10 if is_log else 0
    domain = alt.DomainUnionWith(unionWith=[low, guessing])
    if is_log:
        return alt.Scale(type="log", domain=domain, nice=False), log_axis()
    return alt.Scale(zero=True, domain=domain), value_axis(tickCount=5, labelExpr=TICK_NUMBER)


def log_axis() -> alt.Axis:
    """Return an axis for a logarithmic scale: where a decade has many ticks, 1, 2 and 5 of it."""
    digit = "round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))"
    told = f"domain('y')[1] < 10 * domain('y')[0] || indexof([1, 2, 5], {digit}) >= 0"
    return value_axis(tickCount=5, labelExpr=f"{told} ? {TICK_NUMBER} : ''")


def percent_expression(share: str) -> str:
    """Return the Vega expression that writes a share as `percent_text` does."""
    clamped = f"({share} > 0 && {share} < 1 ? clamp(100 * {share}, 0.1, 99.9) : 100 * {share})"
    return f"format({clamped}, '.1f') + ' %'"
