"""The Train page: press a button, watch a network learn."""

from __future__ import annotations

from playground.ui.tab import session
from playground.ui.train.live import draw_live
from playground.ui.tryit.panel import draw_try_it

draw_live(current := session())
draw_try_it(current)
