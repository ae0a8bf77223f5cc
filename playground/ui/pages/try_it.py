"""The Try it page: draw for a network, large enough for a projector."""

from __future__ import annotations

from playground.ui.tab import session
from playground.ui.tryit.panel import draw_try_it

draw_try_it(session(), is_page=True)
