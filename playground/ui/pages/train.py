"""The Train page: press a button, watch a network learn."""

from __future__ import annotations

from playground.ui.tab import session
from playground.ui.train.live import draw_live

draw_live(session())
