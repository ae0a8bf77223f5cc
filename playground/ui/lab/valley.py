"""A loss of two weights on the page: three optimizers walk down from the same place."""

from __future__ import annotations

from math import isfinite

import streamlit as st

from playground.analysis.wording import number_text
from playground.charts.lab.valley import bent_chart, narrow_chart
from playground.frames.lab_valley import valley_frame
from playground.lab import valley as piece
from playground.ui.lab.figures import STYLE, number, short, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("valley")
_RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0, 1.1, 1.5, 2.0]
_CHARTS = {"narrow": narrow_chart, "bent": bent_chart}
FORMULAS = {
    "narrow": "loss = 0.05·x² + y², start at (−9, 2.5)",
    "bent": "loss = 0.1·(x − 1)² + 0.5·(y − x²)², start at (−1.5, 0.5)",
}
_LOW = 0.01
_ALT = (
    "A valley from above with lines of equal loss; the ways of SGD, SGD with momentum and Adam "
    "from the same start towards the lowest place. The table below says where each has come."
)


def draw_valley(current: Session) -> None:
    """Draw the piece."""
    controls, picture = st.columns([1, 2.1], gap="medium")
    with controls:
        shape = {"format_func": number_text}
        question = piece.ValleyQuestion(
            valley=_PANEL.choose(piece.VALLEY, "Valley"),
            learning_rate=_PANEL.choose_of(
                piece.LEARNING_RATE, "Learning rate of both SGDs", _RATES, **shape
            ),
            momentum=_PANEL.slider(piece.MOMENTUM, "Momentum"),
            adam_rate=_PANEL.choose_of(piece.ADAM_RATE, "Learning rate of Adam", _RATES, **shape),
            steps=_PANEL.slider(piece.STEPS, "Steps"),
        )
    with picture:
        found = findings(question)
        if found is None:
            return
        frame = valley_frame(piece.VALLEYS[question.valley], found.walks)
        _PANEL.chart(frame, _CHARTS[question.valley], _ALT, question.valley)
        st.caption(
            f"{FORMULAS[question.valley]}. Grey: lines of equal loss. The cross is the lowest "
            "place, where the loss is 0."
        )
    st.html(f'{STYLE}<div class="lab-tables">{_outcome(found)}</div>')
    draw_try(
        "raise the learning rate of both SGDs to 1: SGD jumps from side to side. At 1.1 it leaves "
        "the picture. Set the momentum to 0: both SGDs take the same way. Choose the bent valley: "
        f"which of the three is first below {_LOW}?"
    )
    draw_code(found.code)


def _outcome(found: piece.ValleyFindings) -> str:
    rows = []
    for name, walk in found.walks.items():
        (x, y), loss = walk.path[-1], walk.losses[-1]
        first = next((step for step, at in enumerate(walk.losses) if at < _LOW), None)
        is_near = isfinite(loss) and loss < 1e6
        place = f"{number(x)}, {number(y)}" if is_near else "out of the picture"
        below = "not yet" if first is None else f"step {first}"
        rows.append([name, place, short(loss, 2) if is_near else "too large to show", below])
    steps = len(next(iter(found.walks.values())).losses) - 1
    head = ["", f"x, y at step {steps}", "loss there", f"below {_LOW} at"]
    return table(head, rows, "Where each optimizer has come")
