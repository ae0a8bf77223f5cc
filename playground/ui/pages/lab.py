"""The Lab page."""

from __future__ import annotations

from playground.ui.lab.lab_view import draw_lab
from playground.ui.tab import session

draw_lab(session())
