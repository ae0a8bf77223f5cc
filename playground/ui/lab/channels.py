"""Kernels over channels on the page: one number in parts, and two ways to see as far."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.analysis.wording import shape_text
from playground.charts.lab.tiles import tile_chart
from playground.charts.specs import kept_spec
from playground.frames.lab_runs import tile_frame
from playground.lab import channels as piece
from playground.ui.lab.figures import STYLE, number, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("channels")
_CHANNELS = [1, 3, 16, 32, 64, 128, 256]


def draw_channels(current: Session) -> None:
    """Draw the piece."""
    controls, picture = st.columns([1, 2.1], gap="medium")
    with controls:
        question = piece.ChannelsQuestion(
            channels=_PANEL.choose_of(piece.CHANNELS, "Channels in and out", _CHANNELS),
            large=_PANEL.choose(piece.LARGE, "One large kernel or small ones"),
        )
    with picture:
        found = findings(question)
        if found is None:
            return
        _draw_ways(found, question)
    st.markdown("##### One number of a kernel over a colour picture")
    shape = shape_text(found.shape)
    st.html(f'{STYLE}<div class="lab-tables">{_parts(found)}</div>')
    st.caption(
        "The first training image of Shapes, its 3×3 pixels from row 13, column 13. "
        f"The weights have the shape {shape}: channels out, channels in, height, width. However "
        "many channels go in, one number comes out at each place; each channel out has a kernel "
        "of its own."
    )
    draw_try(
        "go from 1 channel to 64: which way needs fewer parameters, and by how much? Then 7×7: "
        "three small kernels see as far, with a ReLU after each of the first two."
    )
    draw_code(found.code)


def _draw_ways(found: piece.ChannelsFindings, question: piece.ChannelsQuestion) -> None:
    size, channels = int(question.large), question.channels
    small = size // 2
    one = f"{channels}·{channels}·{size}·{size} + {channels}"
    many = f"{small}·({channels}·{channels}·3·3 + {channels})"
    ways = (
        (found.large, f"One {size}×{size}", one),
        (found.small, f"{'Two' if small == 2 else 'Three'} 3×3", many),
    )
    for column, (way, name, parameters) in zip(st.columns(2, gap="medium"), ways, strict=True):
        with column:
            st.metric(f"{name}: {parameters} parameters", f"{way.parameters:,}", border=True)
            told = f"What one number of {name} depends on: {way.sees} by {way.sees} pixels"
            shape: dict[str, Any] = {"key": _PANEL.key(name[:3]), "alt": told, "width": "content"}
            st.vega_lite_chart(tile_frame(way.gradient), kept_spec(tile_chart), **shape)
            st.caption(
                f"One number of the result sees **{way.sees}×{way.sees}** pixels: the darker, "
                "the more it depends on this one."
            )
    ratio = found.small.parameters / found.large.parameters
    st.markdown(
        f"Both see {found.large.sees}×{found.large.sees} pixels. The small ones have "
        f"**{100 * ratio:.0f} %** of the parameters, and depend more on the middle pixels "
        "than on those at the edge (all weights are 1 here)."
    )


def _parts(found: piece.ChannelsFindings) -> str:
    rows = [
        [f"{color}: nine products", number(value, 4)]
        for color, value in zip(piece.COLORS, found.sums, strict=True)
    ]
    rows += [["bias", number(found.bias, 4)], ["all added up", number(found.total, 4)]]
    rows += [["F.conv2d at this place", number(found.by_torch, 4)]]
    return table(["", "number"], rows, "One number of the result, channel by channel")
