"""The concept lab's charts as specifications: built once, then fed with rows alone."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from playground.charts.specs import spec

Draw = Callable[[pd.DataFrame], alt.LayerChart]


def lab_spec(draw: Draw) -> dict[str, Any]:
    """Return the specification of a chart whose rows do not shape it."""
    return deepcopy(_spec(draw))


@lru_cache(maxsize=32)
def _spec(draw: Draw) -> dict[str, Any]:
    return spec(draw(pd.DataFrame()))
