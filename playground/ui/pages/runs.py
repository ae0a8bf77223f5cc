"""The Runs page: every run there is, side by side."""

from __future__ import annotations

from playground.ui.runs.runs_view import draw_runs
from playground.ui.tab import session

draw_runs(session())
