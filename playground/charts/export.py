"""A chart as a file: PNG or SVG, drawn without a browser."""

from __future__ import annotations

from typing import Literal

import altair as alt

from playground.charts.palette import BACKGROUND
from playground.errors import PlaygroundError

WIDTH = 800
"""Pixels of a chart that on the page is as wide as its place."""

_SCALE = 2  # of the PNG: sharp on paper and on screens with fine pixels


def chart_bytes(
    chart: alt.Chart | alt.LayerChart,
    kind: Literal["png", "svg"],
    background: str = BACKGROUND.light,
) -> bytes:
    """Return the chart as the bytes of a PNG (twice the pixels) or SVG file.

    `background` is the page's colour, which text and baseline follow. Needs the package
    vl-convert-python, one of the requirements; raises `PlaygroundError` where it is missing.
    """
    try:
        import vl_convert
    except ImportError:
        raise PlaygroundError(
            "Charts cannot be saved as files without the package vl-convert-python: install the "
            "requirements again with pip install -r requirements.txt."
        ) from None
    parts = chart.to_dict()
    if parts.get("width") == "container":
        parts["width"] = WIDTH
    config = dict(parts.get("config", {}))
    is_dark = background == BACKGROUND.dark
    text, line = ("#d5d9e0", "#3a4152") if is_dark else ("#3c4350", "#e3e6ec")
    config |= {
        "background": background,
        "padding": 16,
        "axis": {
            "labelColor": text,
            "titleColor": text,
            "gridColor": line,
            "domainColor": line,
            "tickColor": line,
            "titleFontWeight": "normal",
        },
        "legend": {"labelColor": text, "titleColor": text},
        "view": {**config.get("view", {}), "stroke": "transparent"},
    }
    parts["config"] = config
    if not isinstance(parts.get("height"), dict):
        parts["autosize"] = {"type": "fit", "contains": "padding"}
    if kind == "svg":
        return vl_convert.vegalite_to_svg(parts).encode()
    return vl_convert.vegalite_to_png(parts, scale=_SCALE)
