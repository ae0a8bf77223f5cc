"""The Train page: press a button, watch a network learn."""

from __future__ import annotations

from playground.ui.live import draw_live
from playground.ui.session import session

draw_live(session())
