"""The graph of y = w·x + b: values go forward to the right, gradients back to the left."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from playground.charts import palette
from playground.charts.ink import INK, shaded
from playground.charts.parts import picture
from playground.frames.lab_autograd import HEIGHT, WIDTH

_PIXELS = 330
_FULL_WIDTH = 400  # pixels: on a narrower screen words shrink, so that they stay in their boxes
_GRADIENT = shaded(palette.VALIDATION_TEXT)


def graph_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """Return the picture of a `graph_frame`; what is not part of the graph is dashed and faint."""
    places = alt.Scale(domain=[0, WIDTH], nice=False)
    heights = alt.Scale(domain=[0, HEIGHT])
    ends: dict[str, Any] = {"x2": alt.X2("x2:Q"), "y2": alt.Y2("y2:Q")}
    head: dict[str, Any] = {
        "x": alt.X("x2:Q", scale=places, axis=None),
        "y": alt.Y("y2:Q", axis=None),
    }
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", scale=places, axis=None), y=alt.Y("y:Q", scale=heights, axis=None)
    )
    opacity = alt.condition("datum.learned", alt.value(1), alt.value(0.5))
    learned: dict[str, Any] = {
        "strokeDash": alt.condition("datum.learned", alt.value([1, 0]), alt.value([4, 4])),
        "opacity": opacity,
    }

    def of(kind: str) -> alt.Chart:
        return base.transform_filter(f"datum.kind == '{kind}'")

    def arrow(kind: str, color: str) -> Any:
        return of(kind).mark_rule(color=color, strokeWidth=2).encode(**ends)

    def heads(kind: str, shape: str, color: str, offset: int) -> Any:
        tips = of(kind).mark_point(
            shape=f"triangle-{shape}", filled=True, size=110, color=color, xOffset=offset
        )
        return tips.encode(**head)

    def words(kind: str, size: int, **mark: Any) -> Any:
        fitting = alt.ExprRef(f"min({size}, width * {size / _FULL_WIDTH:.4f})")
        mark = {"color": INK, "fontSize": fitting, **mark}
        return of(kind).mark_text(**mark).encode(text="text:N")

    blue = palette.TRAIN
    box = of("box").mark_rect(fillOpacity=0.1, fill=blue, stroke=blue, cornerRadius=6)
    return picture(
        _PIXELS,
        forward=arrow("forward", palette.TRAIN).encode(**learned),
        forward_heads=heads("forward", "right", palette.TRAIN, -5).encode(opacity=opacity),
        backward=arrow("backward", palette.VALIDATION),
        backward_heads=heads("backward", "left", palette.VALIDATION, 5),
        boxes=box.encode(**ends, **learned),
        titles=words("title", 17, fontWeight="bold"),
        notes=words("note", 11),
        values=words("value", 13),
        gradients=words("gradient", 14, fontWeight="bold", color=_GRADIENT),
    )
