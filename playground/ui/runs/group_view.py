"""Groups over seeds as whiskers, with what the whiskers are."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.seeds import SeedGroup
from playground.charts.groups import whisker_chart
from playground.charts.specs import kept_spec
from playground.frames.groups import groups_frame
from playground.ui.chart_files import draw_chart_files

WHISKERS_ALT = "Chart: mean, standard error and standard deviation of each group over seeds."

_MOST = 16


def draw_whiskers(groups: Sequence[SeedGroup]) -> None:
    """Draw the groups that have at least two seeds; nothing where none has."""
    frame = groups_frame(groups)
    frame = frame[frame["place"] < _MOST]
    if frame.empty:
        return
    st.markdown("##### Groups over seeds")
    st.caption(
        "Dot: the mean. Thick line: the **standard error** to either side, how far the mean lies "
        "from that over very many seeds. Thin line: the **standard deviation** to either side, how "
        "far single runs lie from the mean. Grey ticks: the single runs."
    )
    st.vega_lite_chart(frame, kept_spec(whisker_chart), key="whiskers", alt=WHISKERS_ALT)
    draw_chart_files("groups", lambda: whisker_chart(frame))
