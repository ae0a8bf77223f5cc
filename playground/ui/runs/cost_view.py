"""What the accuracy of the ticked runs cost: training time, or parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.charts.outcomes import Cost, scatter_chart
from playground.charts.specs import spec
from playground.frames.comparison import scatter_frame
from playground.ui.chart_files import draw_chart_files

COSTS: dict[Cost, str] = {"seconds": "Training time", "parameters": "Parameters"}
COSTS_ALT = "Scatter chart: best validation accuracy of the ticked runs against what they cost."

_DECIDING = ["label", "slot", "is_baseline", "seconds", "parameters", "accuracy", "low", "high"]


def draw_costs(shown: Sequence[ComparedRun], baseline_id: str) -> None:
    """Draw best validation accuracy against a cost, to be chosen."""
    # The right end stays free: there the chart's own buttons appear under the pointer.
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "##### Accuracy and what it cost",
            width="content",
            help="The upright lines are Wilson's 95 % intervals, by the number of validation "
            "images; that the best epoch was chosen is not in them. The cost begins at zero; where "
            "costs differ by more than ten times, its axis is logarithmic.",
        )
        cost: Cost = st.segmented_control(
            "Cost",
            list(COSTS),
            format_func=lambda name: COSTS[name],
            default="seconds",
            required=True,
            key="runs-cost",
            label_visibility="collapsed",
            persist_state="session",
        )
    frame = scatter_frame(shown, baseline_id)
    if frame.empty:
        st.caption("A point for each run appears here after its first epoch.")
        return
    rows = tuple(frame[_DECIDING].itertuples(index=False, name=None))
    st.vega_lite_chart(frame, _costs_spec(cost, rows), key=f"costs-{cost}", alt=COSTS_ALT)
    draw_chart_files("costs", lambda: scatter_chart(frame, cost))


# Ticks and units follow the data, so there is one for each state of the runs. Between two epochs,
# and once all have ended, the one there is serves on: to build it takes tens of milliseconds.
@lru_cache(maxsize=64)
def _costs_spec(cost: Cost, rows: tuple[tuple[Any, ...], ...]) -> dict[str, Any]:
    return spec(scatter_chart(pd.DataFrame(list(rows), columns=_DECIDING), cost))
