"""Charts of the concept lab, drawn the way the page feeds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
import vl_convert

from playground.charts.specs import Draw, kept_spec

Frames = Mapping[Draw, Mapping[str, pd.DataFrame]]


def cases(frames: Frames) -> list[Any]:
    """Return every chart with each of its frames, and with one that has no rows."""
    found = []
    for draw, named in frames.items():
        empty = next(iter(named.values()))[:0]
        for name, frame in {**named, "no rows": empty}.items():
            found.append(pytest.param(draw, frame, id=f"{draw.__name__}-{name}"))
    return found


def drawn(draw: Draw, frame: pd.DataFrame, background: str = "#ffffff") -> str:
    """Return the SVG of a chart fed with a frame."""
    return render({**kept_spec(draw), "background": background}, frame)


def render(specification: dict[str, Any], frame: pd.DataFrame) -> str:
    """Return the SVG of a specification fed with a frame, the way a page feeds it."""
    fed: dict[str, Any] = {
        **specification,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"name": "source"},
        "datasets": {"source": json.loads(frame.to_json(orient="records"))},
    }
    if fed.get("width") == "container":
        fed["width"] = 440
    return vl_convert.vegalite_to_svg(fed)


def check_drawing(draw: Draw, frame: pd.DataFrame) -> None:
    """Draw it on light and on dark, and find no number that is none."""
    for background in ("#ffffff", "#0e1117"):
        picture = drawn(draw, frame, background)
        assert "<svg" in picture
        assert "NaN" not in picture
        assert "Infinity" not in picture
