"""Tiles of weights side by side: each a small heat map with its name and its reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from playground.charts.lab.tiles import tile_chart
from playground.charts.specs import kept_spec
from playground.frames.lab_runs import tile_frame
from playground.ui.lab.figures import short

_PLACES = 4  # so that tiles stay where they are from one look to the next


def draw_tiles(
    values: Mapping[str, Sequence[Sequence[float]]], names: Mapping[str, str], key: str
) -> None:
    """Draw the tiles that `names` has words for, and how to read them."""
    for column, (name, label) in zip(st.columns(_PLACES), names.items(), strict=False):
        rows = values[name]
        reach = max(abs(value) for row in rows for value in row)
        sign = "±" if any(value < 0 for row in rows for value in row) else ""
        with column:
            st.markdown(f"**{label}**  \nup to {sign}{short(reach, 2)}")
            alt = f"Heat map of one unit's weights: {label}. Blue is above zero, orange below."
            shape: dict[str, Any] = {"key": f"{key}-{name}", "alt": alt, "width": "content"}
            st.vega_lite_chart(tile_frame(rows), kept_spec(tile_chart), **shape)
    st.caption("Blue is above zero, orange below, the stronger the further; point at a weight.")
