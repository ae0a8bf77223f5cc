"""The Lab page: one piece at a time, each with a link of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.errors import shorten
from playground.lab.pieces import PIECES
from playground.ui.lab.autograd import draw_autograd
from playground.ui.lab.batch_orders import draw_batches
from playground.ui.lab.channels import draw_channels
from playground.ui.lab.convolution import draw_convolution
from playground.ui.lab.cross_entropy import draw_cross_entropy
from playground.ui.lab.data_size import draw_data_size
from playground.ui.lab.device import draw_device
from playground.ui.lab.linear_regression import draw_linear_regression
from playground.ui.lab.microscope import draw_microscope
from playground.ui.lab.normalization import draw_normalization
from playground.ui.lab.sealed_set import draw_test_set
from playground.ui.lab.valley import draw_valley
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import PIECE, Key

_CHOICE = Key[str]("lab-piece")
_UNKNOWN = Key[str]("lab-unknown-piece")  # what the address asked for, where none is called so

_DRAWERS: dict[str, Callable[[Session], None]] = {
    "autograd": draw_autograd,
    "linear_regression": draw_linear_regression,
    "cross_entropy": draw_cross_entropy,
    "normalization": draw_normalization,
    "convolution": draw_convolution,
    "channels": draw_channels,
    "microscope": draw_microscope,
    "test_set": draw_test_set,
    "batches": draw_batches,
    "data_size": draw_data_size,
    "device": draw_device,
    "valley": draw_valley,
}


def draw_lab(current: Session) -> None:
    """Draw the choice of pieces and the one that the address names."""
    names = PIECES.names
    asked = PIECE.get()
    chosen = asked if asked in names else names[0]
    if asked and asked != chosen:
        _UNKNOWN.set(asked)
        PIECE.set(chosen)
    labels = {name: PIECES[name].label for name in names}
    shown: dict[str, Any] = {"format_func": labels.get, "label_visibility": "collapsed"}
    turning: dict[str, Any] = {"key": _CHOICE.name, "on_change": _turn}
    st.pills("Piece", names, default=chosen, required=True, **shown, **turning)
    if unknown := _UNKNOWN.get():
        first = PIECES[names[0]].label
        words = f"There is no piece called {shorten(unknown)}. This is the first one, {first}"
        st.warning(plain(f"{words}: choose above."), icon=":material/info:")
    piece = PIECES[chosen]
    st.subheader(piece.label, anchor=False)
    st.caption(piece.summary)
    _DRAWERS[chosen](current)


def _turn() -> None:
    _UNKNOWN.forget()
    PIECE.set(_CHOICE.get() or PIECES.names[0])
