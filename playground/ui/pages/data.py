"""The Data page: what the network is going to see, and how to bring one's own images."""

from __future__ import annotations

from playground.ui.data.data_view import draw_data
from playground.ui.own.own_view import draw_views
from playground.ui.tab import session

draw_views(session(), draw_data)
