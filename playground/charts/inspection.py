"""Stored answers as pictures: confusion, classes over epochs, lives of images, reliability.

The names of the classes and the number of rows shape a chart, never the numbers in it: the page
sends rows alone while the epoch moves.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.axes import TICK_PERCENT, percent_expression, top_legend, value_axis
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, picture, tooltip

CELL, ROW, POINT = "cell", "row", "point"
"""What a click chooses: a cell of the confusion matrix, a row of the lives, a point of the map."""

MOST_NUMBERED = 14  # classes whose cells have room for a number
LIFE_ROWS = 120

_CELL = 30
_TALLEST = 620
_LINES_HEIGHT = 260


def confusion_chart(frame: pd.DataFrame, names: tuple[str, ...]) -> alt.LayerChart:
    """Return the confusion matrix of a `confusion_frame`: true classes down, answers across."""
    few = len(names) <= MOST_NUMBERED
    scale = alt.Scale(domain=list(names), paddingInner=0.06 if few else 0, paddingOuter=0)
    look: dict[str, Any] = {"labelLimit": 90, "grid": False, "ticks": False, "domain": False}
    # A few names all have room, though the boxes around slanted ones overlap.
    look |= {"labelOverlap": False if few else "greedy", "labelFlush": False}
    angle = 0 if max(map(len, names), default=0) <= 3 else -45
    kinds = {"true": palette.CORRECT, "false": palette.WRONG}
    base = alt.Chart(frame).encode(
        x=alt.X("said:N", scale=scale, axis=alt.Axis(labelAngle=angle, **look), title="taken for"),
        y=alt.Y("truth:N", scale=scale, axis=alt.Axis(**look), title="true class"),
    )
    # The right ones, which are many, stay paler than what was confused.
    shown = base.transform_calculate(
        kind="toString(datum.right)",
        shade="datum.right ? 0.08 + 0.3 * datum.strength : 0.06 + 0.94 * datum.strength",
    )
    click = alt.selection_point(name=CELL, fields=["truth_number", "said_number"], empty=False)
    cells = shown.mark_rect(cursor="pointer").encode(
        color=alt.Color("kind:N", scale=by_name(kinds), legend=None),
        opacity=alt.Opacity("shade:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
        tooltip=tooltip(
            ("truth:N", "true class"), ("said:N", "taken for"), ("count:Q", "images", ",d")
        ),
    )
    layers = {"cells": cells.add_params(click)}
    if few:
        layers["numbers"] = base.mark_text(fontSize=11, color=INK, tooltip=None).encode(
            text="text:N"
        )
    layers["chosen"] = base.transform_filter("datum.chosen").mark_rect(
        filled=False, stroke=INK, strokeWidth=2, opacity=1
    )
    return picture(min(_TALLEST, max(180, _CELL * len(names) + 60)), **layers)


def class_accuracy_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return a line per class of a `class_accuracy_frame`; the chosen one stands out."""
    base = alt.Chart(frame).encode(x=_epochs(), y=_share("accuracy:Q", "accuracy of the class"))
    told = base.transform_calculate(text=percent_expression("datum.accuracy"))
    others = base.transform_filter("!datum.chosen")
    chosen = base.transform_filter("datum.chosen")
    marks = dots(told, 30, opacity=0.001).encode(
        tooltip=tooltip(("class:N", "class"), ("epoch:Q", "epoch", "d"), ("text:N", "accuracy"))
    )
    return picture(
        _LINES_HEIGHT,
        others=others.mark_line(color=palette.GHOST, strokeWidth=1, opacity=0.7).encode(
            detail="class:N"
        ),
        chosen=chosen.mark_line(color=palette.VALIDATION, strokeWidth=2.5).encode(detail="class:N"),
        told=marks,
    )


def life_chart(frame: pd.DataFrame, rows: int) -> alt.LayerChart:
    """Return the heat map of a `life_frame`: images down, those learned first on top."""
    scale = alt.Scale(
        domain=[0, 0.5, 1], range=[palette.WRONG, "#b9bec7", palette.CORRECT], interpolate="rgb"
    )
    legend = top_legend(format=".0%", gradientLength=160, tickCount=3)
    click = alt.selection_point(name=ROW, fields=["row"], empty=False)
    told = alt.Chart(frame).transform_calculate(text=percent_expression("datum.given"))
    cells = told.mark_rect(cursor="pointer").encode(
        x=alt.X(
            "epoch:O",
            title="epoch",
            axis=alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False, domain=False),
            scale=alt.Scale(padding=0),
        ),
        y=alt.Y(
            "row:O",
            title="images, learned first on top",
            axis=alt.Axis(labels=False, ticks=False, domain=False),
            scale=alt.Scale(domain=list(range(rows)), padding=0),
        ),
        color=alt.Color("given:Q", scale=scale, legend=legend),
        tooltip=tooltip(
            ("epoch:O", "epoch"), ("images:Q", "images", "d"), ("text:N", "its label gets")
        ),
    )
    return picture(420, cells=cells.add_params(click))


def cartography_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return a point per image of a `cartography_frame`: its mean up, its spread across."""
    kinds = {"easy": palette.CORRECT, "ambiguous": palette.VALIDATION, "hard": palette.WRONG}
    shapes = {"easy": "circle", "ambiguous": "diamond", "hard": "cross"}
    click = alt.selection_point(name=POINT, fields=["position"], empty=False)
    told = alt.Chart(frame).transform_calculate(
        mean_text=percent_expression("datum.mean"), right_text=percent_expression("datum.right")
    )
    axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    points = dots(told, 42, opacity=0.65, cursor="pointer").encode(
        x=alt.X(
            "spread:Q",
            scale=alt.Scale(domain=[0, 0.5]),
            axis=axis,
            title="spread over the epochs (standard deviation)",
        ),
        y=_share("mean:Q", "mean probability of the label"),
        color=alt.Color("region:N", scale=by_name(kinds), legend=top_legend()),
        shape=alt.Shape("region:N", scale=by_name(shapes), legend=top_legend()),
        tooltip=tooltip(
            ("image:Q", "image", "d"), ("mean_text:N", "mean"), ("right_text:N", "epochs right")
        ),
    )
    return picture(420, points=points.add_params(click))


def image_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the probability of one image's label over the epochs, of an `image_frame`."""
    base = alt.Chart(frame).encode(x=_epochs(), y=_share("given:Q", "probability of the label"))
    told = base.transform_calculate(
        text=percent_expression("datum.given"), kind="datum.right ? 'right' : 'wrong'"
    )
    kinds = {"right": palette.CORRECT, "wrong": palette.WRONG}
    shapes = {"right": "circle", "wrong": "cross"}
    points = dots(told, 60).encode(
        color=alt.Color("kind:N", scale=by_name(kinds), legend=top_legend()),
        shape=alt.Shape("kind:N", scale=by_name(shapes), legend=top_legend()),
        tooltip=tooltip(
            ("epoch:Q", "epoch", "d"), ("said:N", "says"), ("text:N", "its label gets")
        ),
    )
    line = base.mark_line(color=palette.GHOST, strokeWidth=1.5)
    return picture(220, line=line, points=points)


def reliability_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return accuracy by confidence of a `reliability_frame`, and where both would be equal."""
    kinds = {"as it is": palette.VALIDATION, "after temperature scaling": palette.TEST}
    shapes = {"as it is": "circle", "after temperature scaling": "diamond"}
    base = alt.Chart(frame).encode(
        x=_share_x("confidence:Q", "how sure the network is, mean of the bin"),
        color=alt.Color("series:N", scale=by_name(kinds), legend=top_legend()),
    )
    told = base.transform_calculate(
        sure=percent_expression("datum.confidence"), right=percent_expression("datum.accuracy")
    )
    y = _share("accuracy:Q", "share that is right")
    bars = base.mark_rule(strokeWidth=1.5).encode(
        y=_share("low:Q", "share that is right"), y2="high:Q"
    )
    points = dots(told, 55).encode(
        y=y,
        shape=alt.Shape("series:N", scale=by_name(shapes), legend=top_legend()),
        tooltip=tooltip(
            ("series:N", "network"),
            ("sure:N", "sure"),
            ("right:N", "right"),
            ("images:Q", "images", ",d"),
        ),
    )
    # Every row draws the same line, which needs no row of its own.
    perfect = (
        alt.Chart(frame)
        .transform_calculate(zero="0", one="1")
        .mark_rule(color=palette.GHOST, strokeDash=[5, 4], strokeWidth=1.5, opacity=1)
        .encode(
            x=_share_x("zero:Q", "how sure the network is, mean of the bin"),
            x2="one:Q",
            y="zero:Q",
            y2="one:Q",
        )
    )
    return picture(320, perfect=perfect, bars=bars, points=points)


def coverage_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return accuracy by the share that is answered, of a `coverage_frame`."""
    scale = alt.Scale(zero=False, nice=True, domainMax=1)
    base = alt.Chart(frame).encode(
        x=_share_x("coverage:Q", "share of the images that is answered"),
        y=alt.Y(
            "accuracy:Q",
            scale=scale,
            axis=value_axis(labelExpr=TICK_PERCENT, tickCount=5),
            title="share of those that is right (zoomed)",
        ),
    )
    line = base.transform_filter("!datum.is_threshold").mark_line(
        color=palette.VALIDATION, strokeWidth=2
    )
    marked = base.transform_filter("datum.is_threshold")
    point = dots(marked, 110, color=palette.TEST)
    told = dots(base, 40, opacity=0.001).encode(tooltip=tooltip(("text:N", "answered")))
    return picture(320, line=line, threshold=point, told=told)


def _epochs() -> alt.X:
    axis = alt.Axis(grid=False, tickMinStep=1, tickCount=10, format="d")
    return alt.X("epoch:Q", scale=alt.Scale(zero=False, nice=False), axis=axis, title="epoch")


def _share(field: str, title: str) -> alt.Y:
    axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    return alt.Y(field, scale=alt.Scale(domain=[0, 1]), axis=axis, title=title)


def _share_x(field: str, title: str) -> alt.X:
    axis = value_axis(labelExpr=TICK_PERCENT, tickCount=5)
    return alt.X(field, scale=alt.Scale(domain=[0, 1]), axis=axis, title=title)
