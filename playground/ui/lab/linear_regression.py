"""Linear regression on the page: five buttons make a step, and both ways' losses are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import streamlit as st

from playground.analysis.wording import number_text
from playground.charts.lab.lines import ways_chart
from playground.frames.lab import losses_frame
from playground.lab import linear_regression as piece
from playground.ui.lab.figures import STYLE, number, scientific, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.linear_numbers import PANEL, edit_numbers, reset_numbers
from playground.ui.lab.panel import draw_try
from playground.ui.session import Session

_PARTS = ("Predict", "Loss", "Gradient", "Update", "Zero")
_RATES = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4]
_MANY = 100
_FEATURES = ("temperature °F", "rainfall mm", "humidity %")
_GROWN = 2.0  # the loss against the first one: a fall never turns into so much of a rise
_LEAST_LOSS = 1e-6  # smaller ones are no more than rounding
_ALT = (
    "Line chart: mean squared error over the steps, by hand and with built-ins; both lines "
    "coincide."
)


def draw_linear_regression(current: Session) -> None:
    """Draw the piece."""
    steps, phase = PANEL.kept(piece.STEPS.name, 0), PANEL.kept(piece.PHASE.name, 0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _draw_buttons(steps, phase)
        words = "The steps already taken are taken again with it, from the same first weights."
        shape = {"format_func": number_text, "help": words, "width": 250}
        rate = PANEL.choose_of(piece.LEARNING_RATE, "Learning rate", _RATES, **shape)
    tables = st.container()
    question = piece.RegressionQuestion(steps, phase, rate, **edit_numbers())
    with tables:
        found = findings(question)
        if found is None:
            return
        st.markdown(_state(steps, phase, found))
        st.html(f'{STYLE}<div class="lab-tables">{_regions(found)}{_weights(found)}</div>')
    frame = losses_frame(found.by_hand, found.built_in)
    PANEL.chart(frame, ways_chart, _ALT)
    st.markdown(_difference(found))
    draw_try(
        "take one step by hand, button by button, and watch which numbers each one changes. Then "
        "run 100, and compare the predictions with the targets. At which learning rate does it "
        "break?"
    )
    by_hand, built_in = st.tabs(["By hand", "With built-ins"])
    with by_hand:
        draw_code(found.code)
    with built_in:
        draw_code(found.built_in_code)


def _draw_buttons(steps: int, phase: int) -> None:
    is_full = steps >= piece.STEPS.most
    for number_of, part in enumerate(_PARTS):
        is_next = phase == number_of and not is_full
        after = (steps, phase + 1) if number_of < piece.PHASE.most else (steps + 1, 0)
        label, kind = f"{number_of + 1} {part}", "primary" if is_next else "secondary"
        PANEL.act(label, part.lower(), _go, *after, type=kind, disabled=not is_next)
    # The first part of the next step, so that what they have learned can be seen.
    after = (min(steps + _MANY, piece.STEPS.most), 1)
    icon = ":material/fast_forward:"
    PANEL.act(f"Run {_MANY}", "run", _go, *after, icon=icon, disabled=is_full)
    PANEL.act("Reset", "reset", _reset, icon=":material/restart_alt:")


def _go(steps: int, phase: int) -> None:
    PANEL.keep(piece.STEPS.name, steps)
    PANEL.keep(piece.PHASE.name, phase)


def _reset() -> None:
    _go(0, 0)
    reset_numbers()


def _state(steps: int, phase: int, found: piece.RegressionFindings) -> str:
    """Return what has just been done, in a line that is always there."""
    loss = "" if found.loss is None else number(found.loss, 1)
    says = (
        "Press **1 Predict**." if steps == 0 else "Ready for the next step.",
        "The weights have made their **predictions**.",
        f"How far off they are, squared, on average: **{loss}**.",
        "backward() has put a **gradient** beside each weight.",
        "Each **weight** has moved against its gradient.",
    )[phase]
    if has_exploded(found.by_hand):
        says = (
            ":material/warning: **The loss has exploded: the learning rate is too high.** Choose "
            "a lower one; Reset starts again."
        )
    return f"{steps:,} step{'' if steps == 1 else 's'} done. {says}"


def _regions(found: piece.RegressionFindings) -> str:
    predictions = found.predictions
    rows = []
    for place, region in enumerate(piece.REGIONS):
        measured = [f"{value:,g}" for value in found.inputs[place]]
        targets = [f"{value:,g}" for value in found.targets[place]]
        guesses = [number(value, 1) for value in predictions[place]] if predictions else ["–", "–"]
        yields = (text for pair in zip(targets, guesses, strict=True) for text in pair)
        rows.append([region, *measured, *yields])
    head = ["", *_FEATURES, "apples", "predicted", "oranges", "predicted"]
    return table(head, rows, "Five regions: what was measured, what they yield in tons per hectare")


def _weights(found: piece.RegressionFindings) -> str:
    rows = []
    for place, fruit in enumerate(piece.FRUITS):
        weights = [*found.w[place], found.b[place]]
        rows.append([f"{fruit}: weights", *(number(value, 4) for value in weights)])
        texts = ["None"] * len(weights)
        if found.w_grad and found.b_grad:
            texts = [number(value, 1) for value in (*found.w_grad[place], found.b_grad[place])]
        rows.append([f"{fruit}: gradients", *texts])
    names = [name.split()[0] for name in _FEATURES]
    return table(["", *names, "bias"], rows, "Weights, bias and their gradients")


def _difference(found: piece.RegressionFindings) -> str:
    pairs = list(zip(found.by_hand, found.built_in, strict=True))
    if not pairs:
        return "Both ways start with the same weights and see the regions in the same order."
    last = pairs[-1]
    finite = [pair for pair in pairs if all(map(isfinite, pair))]
    text = f"Last loss by hand **{number(last[0], 3)}**, with built-ins **{number(last[1], 3)}**; "
    if not has_exploded(found.by_hand):
        worst = max(abs(one - other) for one, other in finite)
        return f"{text}the largest difference of all steps is {scientific(worst)}."
    relative = max((abs(one - other) / max(one, other, 1.0) for one, other in finite), default=0.0)
    return f"{text}the largest relative difference of all steps is {scientific(relative)}."


def has_exploded(losses: Sequence[float]) -> bool:
    """Whether the last loss is infinite, no number, or far above the first one."""
    if not losses:
        return False
    return not losses[-1] <= _GROWN * max(losses[0], _LEAST_LOSS)
