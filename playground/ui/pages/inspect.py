"""The Inspect page: what the network gets wrong, and since when."""

from __future__ import annotations

from playground.ui.inspect.inspect_view import draw_inspect
from playground.ui.tab import session

draw_inspect(session())
