"""The graph of y = w·x + b: values go forward to the right, gradients back to the left."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.ink import INK, shaded
from playground.charts.parts import layered
from playground.frames.lab_autograd import HEIGHT, WIDTH

_PIXELS = 330
_GRADIENT = shaded(palette.VALIDATION_TEXT)


def graph_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the picture of a `graph_frame`; what is not part of the graph is dashed and faint."""
    places = alt.Scale(domain=[0, WIDTH], nice=False)
    x, x2 = alt.X("x:Q", scale=places, axis=None), alt.X2("x2:Q")
    y, y2 = alt.Y("y:Q", scale=alt.Scale(domain=[0, HEIGHT]), axis=None), alt.Y2("y2:Q")
    base = alt.Chart(frame).encode(x=x, y=y)

    def of(kind: str) -> alt.Chart:
        return base.transform_filter(f"datum.kind == '{kind}'")

    def words(kind: str, **style: Any) -> alt.Chart:
        marks: alt.Chart = of(kind).mark_text(**style).encode(text="text:N")
        return marks

    dash = alt.condition("datum.learned", alt.value([1, 0]), alt.value([4, 4]))
    strength = alt.condition("datum.learned", alt.value(1), alt.value(0.5))
    ends = {"x": alt.X("x2:Q", scale=places, axis=None), "y": alt.Y("y2:Q", axis=None)}
    return layered(
        _PIXELS,
        forward=of("forward")
        .mark_rule(color=palette.TRAIN, strokeWidth=2)
        .encode(x2=x2, y2=y2, strokeDash=dash, opacity=strength),
        forward_heads=of("forward")
        .mark_point(shape="triangle-right", filled=True, size=110, color=palette.TRAIN, xOffset=-5)
        .encode(**ends, opacity=strength),
        backward=of("backward")
        .mark_rule(color=palette.VALIDATION, strokeWidth=2)
        .encode(x2=x2, y2=y2),
        backward_heads=of("backward")
        .mark_point(
            shape="triangle-left", filled=True, size=110, color=palette.VALIDATION, xOffset=5
        )
        .encode(**ends),
        boxes=of("box")
        .mark_rect(fillOpacity=0.1, fill=palette.TRAIN, stroke=palette.TRAIN, cornerRadius=6)
        .encode(x2=x2, y2=y2, strokeDash=dash, opacity=strength),
        titles=words("title", color=INK, fontSize=17, fontWeight="bold"),
        notes=words("note", color=INK, fontSize=11),
        values=words("value", color=INK, fontSize=13),
        gradients=words("gradient", color=_GRADIENT, fontSize=14, fontWeight="bold"),
    )
