"""Parts: the axes, scales and legends that charts share, and how named layers become one chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette


def layered(height: int | alt.Step, **layers: alt.Chart) -> alt.LayerChart:
    """Return the layers by their names in one picture as wide as its place, the first lowest."""
    named = [layer.properties(name=name) for name, layer in layers.items()]
    return alt.LayerChart(layer=named, width="container", height=height)


def scale_of(values: Mapping[str, Any]) -> alt.Scale:
    """Return the scale that gives each name its colour, dash or shape."""
    return alt.Scale(domain=list(values), range=list(values.values()))


def at_least(*values: float | str) -> alt.DomainUnionWith:
    """Return a domain that has these values in it, and grows with the data."""
    return alt.DomainUnionWith(unionWith=list(values))


def across(
    field: str, title: str, domain: Sequence[float] | alt.DomainUnionWith, **axis: Any
) -> alt.X:
    """Return an x axis over exactly this domain, without grid lines."""
    scale = alt.Scale(domain=domain, nice=False)
    return alt.X(field, scale=scale, axis=alt.Axis(grid=False, **axis), title=title)


def epoch_axis(epochs: int) -> alt.X:
    """Return the x axis from 0 to the planned epochs: lines grow into the empty space."""
    ticks = {"tickMinStep": 1, "tickCount": min(epochs, 10), "format": "d", "labelFlush": False}
    return across("epoch:Q", "epoch", [0, epochs], **ticks, labelPadding=6, titlePadding=6)


def value_axis(**ticks: Any) -> alt.Axis:
    """Return an axis for loss or accuracy, with grid lines and labels close to the plot."""
    return alt.Axis(
        grid=True, labelPadding=6, titlePadding=8, labelFlush=False, labelOverlap="greedy", **ticks
    )


def accuracy_scale() -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of the distance to 100 %: a symlog scale, upside down."""
    axis = value_axis(
        values=[0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
        labelExpr="format(100 * (1 - datum.value), '.0f') + ' %'",
    )
    return alt.Scale(type="symlog", constant=0.05, domain=[1, 0], nice=False), axis


def loss_scale(small_ticks: str, chance: float = 2.3) -> tuple[alt.Scale, alt.Axis]:
    """Return scale and axis of a loss in nats; `small_ticks` is Vega's expression up to 100.

    2.3 is the loss of guessing among ten classes: the axis is there before the first batch.
    """
    # Up to a tenth of its constant, symlog is a straight line to the eye.
    scale = alt.Scale(type="symlog", constant=30, zero=True, domain=at_least(0, chance))
    ticks = alt.ExprRef(
        "domain('y')[1] > 1e7 ? [0, 1e4, 1e8, 1e16, 1e32, 1e64, 1e128, 1e256] : "
        f"domain('y')[1] > 100 ? [0, 100, 1000, 1e4, 1e5, 1e6, 1e7] : {small_ticks}"
    )
    return scale, value_axis(values=ticks, tickCount=5, labelExpr=power_labels("1e4"))


def power_labels(limit: str) -> str:
    """Return Vega's expression for the numbers of an axis, with an exponent from `limit` on."""
    return (
        f"datum.value < {limit} ? format(datum.value, ',~r') "
        ": replace(format(datum.value, '~e'), 'e+', 'e')"
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


def stroke_legend(**more: Any) -> alt.Legend:
    """Return a `top_legend` that shows lines with their dashes."""
    return top_legend(symbolType="stroke", symbolOpacity=1, symbolSize=350, **more)


def role_bars(frame: pd.DataFrame) -> alt.Chart:
    """Return a base for bars divided into train, validation and test, in the legend's order."""
    # Without an order of its own, the alphabet decides.
    order = " : ".join(f"datum.role == '{role}' ? {i}" for i, role in enumerate(palette.ROLES))
    chart: alt.Chart = (
        alt.Chart(frame)
        .transform_calculate(role_order=f"{order} : {len(palette.ROLES)}")
        .encode(
            color=alt.Color("role:N", scale=scale_of(palette.ROLES), legend=top_legend()),
            order="role_order:Q",
        )
    )
    return chart


def hover_layers(
    name: str, found: alt.Chart, points: alt.Chart, tooltip: Sequence[alt.Tooltip]
) -> dict[str, alt.Chart]:
    """Return a line at the epoch of `found` nearest to the pointer, and the dots of that epoch."""
    hover = alt.selection_point(
        name=name, fields=["epoch"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    rule = (
        found.mark_rule(color=palette.GHOST, strokeWidth=1)
        .encode(
            strokeOpacity=alt.condition(hover, alt.value(0.9), alt.value(0)),
            tooltip=[alt.Tooltip("epoch:Q", title="epoch", format="d"), *tooltip],
        )
        .add_params(hover)
    )
    dots = points.transform_filter(hover).mark_point(filled=True, size=80, opacity=1)
    return {"hover": rule, "hovered_epoch": dots}
