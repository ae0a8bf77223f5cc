"""A map of images, each a point with its picture under the pointer; and slices beside the rest."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT, top_legend, value_axis
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, picture, tooltip

POINT = "point"
"""The name of what a click chooses: a point of the map."""

CLASS_COLORS = (*palette.CATEGORICAL, "#2f9e44", "#b5485d")
_CROSS = "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z"
_HEIGHT = 520


def map_chart(
    frame: pd.DataFrame, names: tuple[str, ...], reach: tuple[float, ...], has_pictures: bool
) -> alt.LayerChart:
    """Return the map of a `map_frame`.

    `reach` is what it shows at every epoch: left and right end, bottom and top.
    """
    colors = {name: CLASS_COLORS[i % len(CLASS_COLORS)] for i, name in enumerate(names)}
    # As many entries in a row as fit on a phone.
    columns = 10 if max(map(len, names), default=0) <= 2 else 4
    legend = top_legend(columns=columns) if len(names) <= len(CLASS_COLORS) else None
    across, up = (alt.Scale(domain=list(ends), nice=False) for ends in (reach[:2], reach[2:]))
    bare = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", scale=across, axis=bare, title=None),
        y=alt.Y("y:Q", scale=up, axis=bare, title=None),
    )
    click = alt.selection_point(name=POINT, fields=["position"], empty=False)
    told = [("class:N", "true class"), ("words:N", "the network")]
    shown = tooltip(*([("image:N", "")] if has_pictures else []), *told)
    points = (
        base.transform_filter("datum.kind == 'point'")
        .transform_calculate(
            strength="datum.faint ? 0.12 : 0.85",
            spoken="'true class ' + datum['class'] + ', the network ' + datum.words",
        )
        .mark_point(filled=True, cursor="pointer")
        .encode(
            color=alt.Color("class:N", scale=by_name(colors), legend=legend),
            shape=alt.Shape(
                "answer:N",
                scale=by_name({"right": "circle", "wrong": _CROSS}),
                legend=top_legend(symbolFillColor=palette.GHOST, symbolStrokeColor=palette.GHOST),
            ),
            opacity=alt.Opacity(
                "strength:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None
            ),
            size=alt.condition("datum.answer == 'wrong'", alt.value(95), alt.value(42)),
            tooltip=shown,
            description="spoken:N",  # or else the picture would be read out, byte by byte
        )
    )
    path = (
        base.transform_filter("datum.kind == 'path'")
        .mark_line(color=INK, strokeWidth=1.5, opacity=0.7, tooltip=None)
        .encode(order="step:Q")
    )
    ring = base.transform_filter("datum.chosen").mark_point(
        filled=False, size=230, stroke=INK, strokeWidth=2, opacity=1, tooltip=None
    )
    return picture(_HEIGHT, points=points.add_params(click), path=path, ring=ring)


def slices_chart(frame: pd.DataFrame, slices: int) -> alt.LayerChart:
    """Return accuracy with its interval for each slice of a `slices_frame`, and the rest's."""
    kinds = {"weaker": palette.WRONG, "not clearly weaker": palette.CORRECT}
    shapes = {"weaker": "cross", "not clearly weaker": "circle"}
    scale = alt.Scale(zero=False, nice=True, domainMax=1)
    axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    title = "share that is right (zoomed)"
    names = alt.Axis(labelLimit=160, grid=False)
    base = alt.Chart(frame).encode(y=alt.Y("slice:N", sort=None, axis=names, title=None))
    color = alt.Color("kind:N", scale=by_name(kinds), legend=top_legend())
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale, axis=axis, title=title), x2="high:Q", color=color
    )
    rest = base.mark_tick(color=INK, thickness=2, size=20, opacity=1).encode(
        x=alt.X("rest:Q", scale=scale, axis=axis, title=title)
    )
    points = dots(base, 80).encode(
        x=alt.X("accuracy:Q", scale=scale, axis=axis, title=title),
        color=color,
        shape=alt.Shape("kind:N", scale=by_name(shapes), legend=top_legend()),
        tooltip=tooltip(("slice:N", "slice"), ("words:N", "right"), ("rest_words:N", "all others")),
    )
    return picture(34 * slices + 90, bars=bars, rest=rest, points=points)
