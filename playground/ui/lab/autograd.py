"""Autograd on the page: three numbers to move, the graph, and backward() to press."""

from __future__ import annotations

import streamlit as st

from playground.charts.lab.autograd import graph_chart
from playground.frames.lab_autograd import graph_frame, six_digits
from playground.lab import autograd as piece
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("autograd")
_ALT = (
    "Graph of y = w·x + b. Blue arrows lead from w and x to a multiplication, from it and b to "
    "an addition, and on to y; orange arrows lead the gradients back."
)


def draw_autograd(current: Session) -> None:
    """Draw the piece."""
    controls, picture = st.columns([1, 2.4], gap="medium")
    with controls:
        w, x, b = (
            _PANEL.slider(moved, moved.label.capitalize())
            for moved in (piece.WEIGHT, piece.INPUT, piece.BIAS)
        )
        shape = _PANEL.keeping("learned", ["w", "b"]) | {"selection_mode": "multi"}
        words = (
            "PyTorch notes only what these go through. A network's weights require a gradient, its "
            "images do not."
        )
        learned = st.pills("requires_grad=True", piece.NAMES, help=words, **shape)
    with picture:
        times = _draw_buttons()
        found = findings(piece.AutogradQuestion(w, x, b, tuple(sorted(learned)), times))
        if found is None:
            return
        _PANEL.chart(graph_frame(found), graph_chart, _ALT)
        with st.container(height=76, border=False):
            _draw_words(found, times)
    draw_try(
        "press y.backward() once more: each .grad doubles, though nothing else has changed. That "
        "is why a training loop zeroes them. Then switch w off: w.grad stays None."
    )
    draw_code(found.code)


def _draw_buttons() -> int:
    """Let a person call backward() and zero what it leaves; return how often it is called."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shape = {"icon": ":material/arrow_back:", "type": "primary"}
        times = _PANEL.count_button(piece.BACKWARDS, "y.backward()", "backward", **shape)
        name, icon = piece.BACKWARDS.name, ":material/restart_alt:"
        _PANEL.button("Zero the gradients", "zero", name, 0, icon=icon, disabled=times == 0)
        st.caption(f"backward() since the last zeroing: {times}")
    return times


def _draw_words(found: piece.AutogradFindings, times: int) -> None:
    leaves = found.leaves
    if found.complaint:
        words = "Nothing requires a gradient, so there is no graph. PyTorch says: "
        st.warning(f"{words}“{found.complaint}”.", icon=":material/info:")
        return
    derivatives = {"w": leaves["x"].value, "x": leaves["w"].value, "b": 1.0}
    names = {"w": "∂y/∂w = x", "x": "∂y/∂x = w", "b": "∂y/∂b"}
    text = " · ".join(
        f"{names[name]} = **{six_digits(derivatives[name])}**"
        for name, leaf in leaves.items()
        if leaf.requires_grad
    )
    if times == 0:
        text += ". No backward() since the zeroing: every .grad is None."
    elif times > 1:
        text += f". Added up {times} times: each .grad is **{times} times** as large."
    st.markdown(text)
