"""The words that charts are written in: a picture of named layers, tooltips, dots, lengths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import top_legend


def picture(height: int | alt.Step, **layers: alt.Chart) -> alt.LayerChart:
    """Return a chart of these layers by name, the first below, `height` pixels with its axes."""
    named = [layer.properties(name=name) for name, layer in layers.items()]
    return alt.LayerChart(layer=named, width="container", height=height)


def tooltip(*fields: str | tuple[str, ...]) -> list[alt.Tooltip]:
    """Return what the pointer reads: fields, or tuples of field, title and format ("" is none)."""
    found = []
    for field in fields:
        given = (field,) if isinstance(field, str) else field
        words = zip(("title", "format"), given[1:], strict=False)
        told: dict[str, Any] = {word: text for word, text in words if text}
        found.append(alt.Tooltip(given[0], **told))
    return found


def dots(base: alt.Chart, size: int, **mark: Any) -> alt.Chart:
    """Return filled points of so many square pixels."""
    look = {"filled": True, "size": size, "opacity": 1, **mark}
    points: alt.Chart = base.mark_point(**look)
    return points


def at_least(low: float, high: float, **scale: Any) -> alt.Scale:
    """Return a scale that shows this range, and more where the data needs it."""
    return alt.Scale(domain=alt.DomainUnionWith(unionWith=[low, high]), **scale)


def by_name(names: Mapping[str, Any]) -> alt.Scale:
    """Return the scale that gives each name its colour, dash or shape."""
    return alt.Scale(domain=list(names), range=list(names.values()))


def line_legend(**properties: Any) -> alt.Legend:
    """Return a legend above the chart whose symbols are long enough to tell dashes apart."""
    return top_legend(symbolType="stroke", symbolOpacity=1, symbolSize=350, **properties)


def step_axis(title: str, shown: int) -> alt.X:
    """Return the x axis over steps that were counted, with room for so many at least."""
    axis = alt.Axis(tickMinStep=1, tickCount=8, format=",d", grid=False)
    return alt.X("step:Q", scale=at_least(0, shown, nice=False), axis=axis, title=title)


def role_bars(frame: pd.DataFrame, **bar: Any) -> alt.Chart:
    """Return bars of images divided into train, validation and test, in this order."""
    # Stacked in the order of the legend; by default the alphabet decides.
    order = " : ".join(f"datum.role == '{role}' ? {i}" for i, role in enumerate(palette.ROLES))
    bars = alt.Chart(frame).transform_calculate(role_order=f"{order} : {len(palette.ROLES)}")
    color = alt.Color("role:N", scale=by_name(palette.ROLES), legend=top_legend())
    chart: alt.Chart = bars.mark_bar(**bar).encode(color=color, order="role_order:Q")
    return chart


def hover(
    name: str, at_epoch: alt.Chart, values: list[alt.Tooltip], points: alt.Chart
) -> dict[str, alt.Chart]:
    """Return a line at the epoch nearest to the pointer, its `values` as a tooltip, its dots."""
    pointer: dict[str, Any] = {"nearest": True, "on": "pointerover", "clear": "pointerout"}
    nearest = alt.selection_point(name=name, fields=["epoch"], empty=False, **pointer)
    rule = at_epoch.mark_rule(color=palette.GHOST, strokeWidth=1).encode(
        strokeOpacity=alt.condition(nearest, alt.value(0.9), alt.value(0)),
        tooltip=[*tooltip(("epoch:Q", "epoch", "d")), *values],
    )
    hovered = dots(points.transform_filter(nearest), 80)
    return {"hover": rule.add_params(nearest), "hovered_epoch": hovered}
