"""What trains the run shown gives no answer: said in words, with a way to end it."""

from __future__ import annotations

import streamlit as st

from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.session import Session


def draw_silence(current: Session) -> None:
    """Draw nothing, or that the process that trains is silent, and for its people the way out."""
    watchdog = service().watchdog
    seconds = watchdog.silence(current.run_id)
    if not seconds:
        return
    with st.container(key="silence"):
        st.warning(
            f"The process that trains this run has not answered for {round(seconds)} seconds: it "
            "hangs, or one step of its work, such as a big batch, takes very long. What you press "
            "meanwhile is done when it answers or has ended.",
            icon=":material/hourglass_disabled:",
        )
        if watchdog.may_end(current.run_id, current.person):
            st.button(
                "End the process that trains",
                key="end-process",
                icon=":material/cancel:",
                on_click=_end,
                args=(current,),
                help="All runs of this process go on by themselves in a new one, each from its "
                "last epoch. What you pressed meanwhile is done first. A run whose process ends "
                "three times without a new epoch is interrupted, and waits for Resume.",
            )


def _end(current: Session) -> None:
    try_and_tell(current, lambda: service().watchdog.end(current.run_id, current.person))
