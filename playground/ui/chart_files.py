"""Charts as files: PNG and SVG, drawn only once somebody asks for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from playground.charts.export import chart_bytes

Draw = Callable[[], Any]  # makes an Altair chart; no page imports Altair


def draw_chart_files(name: str, draw: Draw) -> None:
    """Draw two small buttons that save the chart which `draw` makes, under `name`."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        for kind in ("png", "svg"):
            st.download_button(
                kind.upper(),
                partial(_file, draw, kind),
                f"{name}.{kind}",
                "image/png" if kind == "png" else "image/svg+xml",
                key=f"{name}-{kind}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
                help=f"Save this chart as {kind.upper()}, on white, as for a report.",
            )


def _file(draw: Draw, kind: str) -> bytes:
    return chart_bytes(draw(), "png" if kind == "png" else "svg")
