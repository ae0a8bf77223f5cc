"""What runs came to: accuracy against their cost, and over the settings of a sweep."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any, Literal

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT, value_axis
from playground.charts.comparison import label_color, label_legend, slots
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, picture, tooltip
from playground.frames.comparison import MOST_CURVES

Cost = Literal["seconds", "parameters"]

HEIGHT = 320
_CELL_HEIGHT = 46
_FONT_SIZE = 13
_TRIANGLES = ("triangle-down", "triangle-right", "triangle-left")
_SHAPES = ("circle", "circle", "square", "triangle-up", "diamond", "cross", *_TRIANGLES)
_TIME_UNITS = (("hours", 3600.0), ("minutes", 60.0))
_LONG = 2.0  # of a unit, from which on it is the better one: 90 seconds, but 3 minutes
_DECADE = 10  # costs that differ by more than this are drawn on a logarithmic axis


def scatter_chart(frame: pd.DataFrame, x: Cost = "seconds") -> alt.LayerChart:
    """Return the best validation accuracy against what a run cost, of a `scatter_frame`.

    The cost is from zero, or logarithmic where costs are far apart; upright lines are the 95 %
    intervals of the accuracies: what is close together is seen to be.
    Up to eight runs have colour, shape and legend of their own; of more, the tooltip has the name.
    """
    costs = frame[x][frame[x] > 0]
    least, most = (float(costs.min()), float(costs.max())) if len(costs) else (1.0, 1.0)
    title, unit = _unit(x, most)
    is_wide = most > _DECADE * least
    logarithmic = alt.Scale(type="log", nice=False, padding=24)
    scale = logarithmic if is_wide else alt.Scale(zero=True)
    ticks = {"values": _ticks(least / unit, most / unit)} if is_wide else {"tickCount": 6}
    look: dict[str, Any] = {"grid": False, "labelPadding": 6, "labelOverlap": "greedy", **ticks}
    axis = alt.Axis(format="~r" if x == "seconds" else "~s", **look)
    has_cost = f"isValid(datum.{x}) && datum.{x} {'>' if is_wide else '>='} 0"
    room = _room_around(frame["accuracy"][frame[x].notna()], 16)
    percent, y_title = value_axis(tickCount=6, labelExpr=TICK_PERCENT), "best validation accuracy"
    base = (
        alt.Chart(frame)
        .transform_filter(has_cost)
        .transform_calculate(cost=f"datum.{x} / {unit}")
        .encode(
            x=alt.X("cost:Q", scale=scale, axis=axis, title=title),
            y=alt.Y("accuracy:Q", scale=room, axis=percent, title=y_title),
            tooltip=tooltip(
                ("label:N", "run"),
                ("text:N", y_title),
                ("seconds:Q", "seconds", ",.1f"),
                ("parameters:Q", "parameters", ",d"),
                ("settings:N", "settings"),
            ),
        )
    )
    points = dots(base, 130, opacity=0.9)
    ends = base.transform_filter("isValid(datum.low)").encode(
        y=alt.Y("low:Q", scale=room, axis=percent, title=y_title), y2="high:Q"
    )
    spread = ends.mark_rule(color=palette.GHOST, strokeWidth=1.5)
    runs = slots(frame)
    if 0 < len(runs) <= MOST_CURVES:
        legend = label_legend(runs, symbolSize=100)
        shapes = by_name({label: _SHAPES[slot] for slot, label in runs.items()})
        shape = alt.Shape("label:N", scale=shapes, legend=legend)
        points = points.encode(color=label_color(runs, legend), shape=shape)
        return picture(HEIGHT, spread=spread, runs=points)
    baseline, others = (points.transform_filter(f"{sign}datum.is_baseline") for sign in ("", "!"))
    return picture(
        HEIGHT,
        spread=spread,
        runs=others.encode(color=alt.value(palette.TRAIN)),
        baseline=baseline.encode(color=alt.value(INK)),
    )


def heat_map(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the cells of a `sweep_frame`, each with its value; a ring and a star mark the best.

    A cell without an epoch is grey and says the status of its run.
    """
    x_title, y_title = (
        str(frame[name].iloc[0]) if len(frame) else "" for name in ("x_title", "y_title")
    )
    bare: dict[str, Any] = {"grid": False, "domain": False, "ticks": False}
    across = alt.Axis(labelAngle=0, labelLimit=120, **bare)
    down = alt.Axis(labelLimit=160, **bare) if y_title else None
    columns = alt.Scale(paddingInner=0.05, paddingOuter=0.03)
    lines = alt.Scale(paddingInner=0.08, paddingOuter=0.05)
    told = (("settings:N", "settings"), ("text:N", "best validation accuracy"))
    x, y = _sorted(frame, "x"), _sorted(frame, "y")
    base = alt.Chart(frame).encode(
        x=alt.X("x:N", sort=x, scale=columns, axis=across, title=x_title or None),
        y=alt.Y("y:N", sort=y, scale=lines, axis=down, title=y_title or None),
        tooltip=tooltip(*told, ("seeds:N", "counted")),
    )
    done, open_cells = (
        base.transform_filter(f"{sign}isValid(datum.accuracy)") for sign in ("", "!")
    )
    best = done.transform_filter("datum.best")
    legend = alt.Legend(title=None, gradientThickness=12, tickCount=4, labelExpr=TICK_PERCENT)
    color = alt.Color(
        "accuracy:Q",
        scale=alt.Scale(scheme="viridis", zero=False, nice=False),
        # A gradient between two equal ends is no legend.
        legend=legend if frame["accuracy"].nunique() > 1 else None,
    )
    on_cell = "luminance(scale('color', datum.accuracy)) > 0.18 ? '#000000' : '#ffffff'"
    weight = alt.ExprRef("datum.best ? 'bold' : 'normal'")
    values = done.mark_text(color=alt.ExprRef(on_cell), fontWeight=weight, fontSize=_FONT_SIZE)
    return picture(
        alt.Step(_CELL_HEIGHT),
        open_cells=open_cells.mark_rect(color=palette.GHOST, opacity=0.25, cornerRadius=4),
        statuses=open_cells.mark_text(color=INK, fontSize=_FONT_SIZE).encode(text="text:N"),
        cells=done.mark_rect(cornerRadius=4).encode(color=color),
        best_ring=best.mark_rect(fillOpacity=0, stroke=INK, strokeWidth=3, cornerRadius=4),
        values=values.transform_calculate(
            shown="datum.best ? '★ ' + datum.text : datum.text"
        ).encode(text="shown:N"),
    )


def _unit(cost: Cost, most: float) -> tuple[str, float]:
    """Return the title of the axis, and what the numbers are divided by."""
    if cost == "parameters":
        return "parameters", 1.0
    for name, seconds in _TIME_UNITS:
        if most >= _LONG * seconds:
            return f"training time in {name}", seconds
    return "training time in seconds", 1.0


def _room_around(values: pd.Series[float], pixels: int) -> alt.Scale:
    # Padding around nothing is no number, and Vega would write that into the picture.
    if not values.notna().any():
        return alt.Scale(domain=[0, 1])
    return alt.Scale(zero=False, padding=pixels)


def _ticks(least: float, most: float) -> list[float]:
    """Return 1, 2 and 5 times each power of ten around the range."""
    powers = range(floor(log10(least)) - 1, ceil(log10(most)) + 1)
    return [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]


def _sorted(frame: pd.DataFrame, axis: Literal["x", "y"]) -> list[str]:
    return list(frame.sort_values(f"{axis}_order")[axis].drop_duplicates())
