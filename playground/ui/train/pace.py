"""The pace beside Train: how fast a run goes for whoever watches it."""

from __future__ import annotations

import streamlit as st

from playground.run.paces import PACES
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.session import Session
from playground.ui.state import Key

_PACE: Key[str] = Key("pace")


def draw_pace(current: Session) -> None:
    """Draw the choice: that of the run shown where it is one's own and not over."""
    run = current.snapshot
    if run and current.is_mine and not run.status.is_over:
        current.pace = run.pace
    # Two looks in a row may reach a slow browser as one, and it shows the default of the second:
    # so that is the pace, and the pace is set only where a browser holds another.
    index = list(PACES).index(current.pace)
    if _PACE.is_kept and _PACE.get() != current.pace:
        _PACE.set(current.pace)  # a browser takes what is set for newer than what is chosen
        index = 0  # Streamlit warns of a default beside what is set
    st.selectbox(
        "Pace",
        list(PACES),
        index,
        format_func=lambda name: PACES[name].label,
        key=_PACE.name,
        on_change=_change,
        args=(current,),
        filter_mode=None,
        label_visibility="collapsed",
        width=178,
        help="Pace: how fast a run goes, so that it can be watched. It can be changed meanwhile, "
        "and changes no number.",
    )


def _change(current: Session) -> None:
    current.pace = _PACE.get() or current.pace
    run = current.snapshot
    if run and current.is_mine and not run.status.is_over:
        try_and_tell(
            current,
            lambda: service().paces.change(current.run_id, current.pace, current.person),
        )
