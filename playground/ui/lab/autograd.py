"""Autograd on the page: three numbers to move, the graph, and backward() to press."""

from __future__ import annotations

import streamlit as st

from playground.charts.lab.autograd import graph_chart
from playground.frames.lab_autograd import graph_frame, number
from playground.lab.inputs import BACKWARDS, BIAS, INPUT, WEIGHT
from playground.ui.lab.controls import draw_chart, draw_try, keep, kept, key_of, slider
from playground.ui.lab.findings import draw_code, findings
from playground.ui.session import Session

_PIECE = "autograd"
_ALT = (
    "Graph of y = w·x + b. Blue arrows lead from w and x to a multiplication, from it and b to "
    "an addition, and on to y; orange arrows lead the gradients back."
)


def draw_autograd(current: Session) -> None:
    """Draw the piece."""
    controls, picture = st.columns([1, 2.4], gap="medium")
    with controls:
        w, x, b = (
            slider(_PIECE, moved, moved.label.capitalize()) for moved in (WEIGHT, INPUT, BIAS)
        )
        kept(_PIECE, "learned", ["w", "b"])
        chosen = st.pills(
            "requires_grad=True",
            ["w", "x", "b"],
            selection_mode="multi",
            key=key_of(_PIECE, "learned"),
            help="PyTorch notes only what these go through. A network's weights require a "
            "gradient, its images do not.",
            persist_state="session",
        )
    times = int(kept(_PIECE, BACKWARDS.name, 1))
    inputs = {"w": w, "x": x, "b": b, "learned": sorted(chosen), "backwards": times}
    with picture:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                "y.backward()",
                key=key_of(_PIECE, "backward"),
                icon=":material/arrow_back:",
                type="primary",
                disabled=times >= BACKWARDS.most,
                on_click=keep,
                args=(_PIECE, BACKWARDS.name, times + 1),
            )
            st.button(
                "Zero the gradients",
                key=key_of(_PIECE, "zero"),
                icon=":material/restart_alt:",
                disabled=times == 0,
                on_click=keep,
                args=(_PIECE, BACKWARDS.name, 0),
            )
            st.caption(f"backward() since the last zeroing: {times}")
        found = findings(_PIECE, inputs)
        if found is None:
            return
        draw_chart(graph_frame(found), graph_chart, _PIECE, _ALT)
        with st.container(height=76, border=False):
            _draw_words(found, times)
    draw_try(
        "press y.backward() twice: each .grad doubles, though nothing else has changed. That is "
        "why a training loop zeroes them. Then switch w off: w.grad stays None."
    )
    draw_code(found)


def _draw_words(found: dict[str, object], times: int) -> None:
    leaves = found["leaves"]
    assert isinstance(leaves, dict)
    if found["complaint"]:
        st.warning(
            f"Nothing requires a gradient, so there is no graph. PyTorch says: "
            f"“{found['complaint']}”.",
            icon=":material/info:",
        )
        return
    derivatives = {"w": leaves["x"]["value"], "x": leaves["w"]["value"], "b": 1.0}
    names = {"w": "∂y/∂w = x", "x": "∂y/∂x = w", "b": "∂y/∂b"}
    parts = [
        f"{names[name]} = **{number(derivatives[name])}**"
        for name, leaf in leaves.items()
        if leaf["requires_grad"]
    ]
    text = " · ".join(parts)
    if times == 0:
        text += ". No backward() since the zeroing: every .grad is None."
    elif times > 1:
        text += f". Added up {times} times: each .grad is **{times} times** as large."
    st.markdown(text)
