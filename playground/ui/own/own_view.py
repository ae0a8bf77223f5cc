"""The Data page: the images of the draft, and those of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.ui.own.bring_view import draw_bring
from playground.ui.own.collect_view import draw_collect
from playground.ui.own.sets_view import draw_sets
from playground.ui.session import Session
from playground.ui.state import DATA_VIEW

_LABELS = {
    "chosen": "Chosen",
    "bring": "Bring images",
    "collect": "Collect here",
    "sets": "Your data sets",
}
_DRAWERS: dict[str, Callable[[Session], None]] = {
    "bring": draw_bring,
    "collect": draw_collect,
    "sets": draw_sets,
}


def draw_views(current: Session, draw_chosen: Callable[[Session], None]) -> None:
    """Draw the choice of what the page shows, and that."""
    DATA_VIEW.get_or_set("chosen")
    shown: dict[str, Any] = {"format_func": _LABELS.get, "label_visibility": "collapsed"}
    kept: dict[str, Any] = {"key": DATA_VIEW.name, "persist_state": "session"}
    view = st.segmented_control("Show", list(_LABELS), required=True, **shown, **kept)
    _DRAWERS.get(view or "", draw_chosen)(current)
