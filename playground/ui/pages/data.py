"""The Data page: what the network is going to see."""

from __future__ import annotations

from playground.ui.data.data_view import draw_data
from playground.ui.tab import session

draw_data(session())
