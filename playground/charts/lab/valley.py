"""A valley from above: lines of equal loss, and the ways of three optimizers into it."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.ink import INK
from playground.charts.parts import by_name, dots, line_legend, picture, tooltip

WALKERS = {"SGD": palette.TRAIN, "momentum": palette.VALIDATION, "Adam": palette.TEST}
_DASHES = {"SGD": [1, 0], "momentum": [7, 3], "Adam": [2, 3]}
_HEIGHT = 420


def narrow_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the long and narrow valley of a `valley_frame`."""
    return _chart(frame, (-10, 4), (-4, 4))


def bent_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the bent valley of a `valley_frame`."""
    return _chart(frame, (-2, 2), (-1, 3))


def _chart(
    frame: pd.DataFrame, across: tuple[float, float], up: tuple[float, float]
) -> alt.LayerChart:
    axis = alt.Axis(grid=False, tickCount=7)
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", scale=alt.Scale(domain=across, nice=False), axis=axis, title="weight x"),
        y=alt.Y("y:Q", scale=alt.Scale(domain=up, nice=False), axis=axis, title="weight y"),
        order="order:Q",
    )
    levels = base.transform_filter("datum.kind == 'level'").encode(
        detail="name:N", tooltip=tooltip(("loss:Q", "loss on this line", "~r"))
    )
    legend = line_legend()
    walks = base.transform_filter("datum.kind == 'walk'").encode(
        color=alt.Color("name:N", scale=by_name(WALKERS), legend=legend),
        strokeDash=alt.StrokeDash("name:N", scale=by_name(_DASHES), legend=legend),
        tooltip=tooltip(
            ("name:N", "optimizer"),
            ("order:Q", "step", "d"),
            ("x:Q", "", ".3~f"),
            ("y:Q", "", ".3~f"),
            ("loss:Q", "", ".3~g"),
        ),
    )
    lowest = base.transform_filter("datum.kind == 'bottom'")
    return picture(
        _HEIGHT,
        levels=levels.mark_line(color=palette.GHOST, strokeWidth=1, opacity=0.6, clip=True),
        lowest=lowest.mark_point(shape="cross", size=120, color=INK, filled=True),
        walks=walks.mark_line(strokeWidth=2, clip=True),
        steps=dots(walks, 16, clip=True, strokeDash=[1, 0]),
        last=dots(walks.transform_filter("datum.is_last"), 110, clip=True, strokeDash=[1, 0]),
    )
