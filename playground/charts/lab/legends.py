"""Legends of the concept lab's line charts."""

from __future__ import annotations

from typing import Any

import altair as alt

from playground.charts.axes import top_legend


def line_legend(**properties: Any) -> alt.Legend:
    """Return a legend above the chart whose symbols are long enough to tell dashes apart."""
    return top_legend(symbolType="stroke", symbolOpacity=1, symbolSize=350, **properties)
