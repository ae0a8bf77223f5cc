"""Notices: what was refused, in the sentence that says why, told on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import streamlit as st

from playground.errors import PlaygroundError
from playground.ui.plain import plain


class Teller(Protocol):
    """Whoever has something to tell once: a session, or the Runs page."""

    notice: str


def try_and_tell(teller: Teller, action: Callable[[], object]) -> bool:
    """Do something that may be refused, and keep the sentence that says why; whether it worked."""
    teller.notice = ""
    try:
        action()
    except PlaygroundError as error:
        teller.notice = str(error)
        return False
    return True


def do_or_tell(teller: Teller, action: Callable[[], object]) -> None:
    """Do something that may be refused, as the callback of a widget."""
    try_and_tell(teller, action)


def draw_notice(teller: Teller) -> None:
    """Draw what was refused, if anything."""
    if teller.notice:
        st.warning(plain(teller.notice), icon=":material/info:")
