"""The microscope on the page: eight images, and one step of training in six looks."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import marks_text, number_text
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, DATASETS, OPTIMIZERS
from playground.lab.inputs import Choice
from playground.lab.microscope import BATCH, CHANNEL, STEP_RATE, UNIT, MicroscopeQuestion
from playground.service import RunSnapshot
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import draw_try, run_needed
from playground.ui.lab.step_view import PANEL, STAGES, draw_stage
from playground.ui.plain import plain
from playground.ui.session import Session

_RATES = [float(f"{step}e{power}") for power in range(-5, 1) for step in (1, 2, 5)]
_PICTURE_HEIGHT = 475


def draw_microscope(current: Session) -> None:
    """Draw the piece."""
    columns = st.columns([1.5, 0.9, 1.4], gap="medium")
    with columns[0]:
        run = _choose_network(current)
    experiment = run.experiment if run else current.draft
    with columns[1]:
        words = "The steps on the batches before it have been taken already."
        batch = PANEL.field(BATCH, "Batch of eight", help=words)
    with columns[2]:
        rate = _choose_rate(experiment)
    _draw_words(experiment, run)
    question = MicroscopeQuestion(
        batch=batch,
        learning_rate=rate,
        unit=PANEL.number(UNIT),
        channel=PANEL.number(CHANNEL),
        run=run.run_id if run else "",
        epoch=len(run.epochs) if run else 0,
        experiment=None if run else current.draft,
    )
    stage = _choose_stage()
    with st.container(height=_PICTURE_HEIGHT, border=False, key="lab-box-microscope"):
        found = findings(question)
        if found is None:
            return
        draw_stage(stage, found, experiment)
    draw_try(
        "turn the learning rate up tenfold, and again, and look at “After”: small steps make the "
        "batch's loss fall a little, larger ones more, until one jumps too far and the loss grows. "
        "Then go on to batch 2, 3, …"
    )
    draw_code(found.code)


def _choose_network(current: Session) -> RunSnapshot | None:
    """Let a person choose between the run shown and the draft; None for the draft."""
    run = current.refresh()
    if run is None or not run.epochs:
        st.markdown("**Network:** the sidebar's, untrained")
        st.caption(f"{run_needed()}, and it can be put under the microscope here.")
        return None
    networks = Choice("network", "network", {"run": "Run shown", "draft": "Sidebar's, untrained"})
    return run if PANEL.choose(networks, "Network") == "run" else None


def _choose_rate(experiment: Experiment) -> float:
    own = experiment.optimizer.learning_rate
    rates = sorted({*_RATES, own, PANEL.kept(STEP_RATE.name, own)})
    words = "Of the steps taken here. It begins as the run's or the sidebar's."
    return PANEL.choose_of(STEP_RATE, "Learning rate", rates, format_func=number_text, help=words)


def _draw_words(experiment: Experiment, run: RunSnapshot | None) -> None:
    """Say what is under the microscope."""
    model = ARCHITECTURES[experiment.model.architecture].label
    sizes = ", ".join(map(str, experiment.model.hidden_sizes))
    shape = f" {sizes}" if sizes and "model.hidden_sizes" not in experiment.unused() else ""
    trained = f"after epoch {len(run.epochs)}" if run else "untrained"
    marks = marks_text(experiment)
    data = DATASETS[experiment.data.dataset].label
    optimizer = OPTIMIZERS[experiment.optimizer.name].label
    words = f"{model}{shape} on {data}, {trained}; {optimizer}."
    st.caption(plain(f"{words} {marks}." if marks else words))


def _choose_stage() -> str:
    """Let a person go forward and back through the step, or to any part of it."""
    shape = PANEL.keeping("stage", STAGES[0]) | {"label_visibility": "collapsed"}
    place = STAGES.index(PANEL.kept("stage", STAGES[0]))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _turn_button("Back", "arrow_back", place - 1)
        st.segmented_control("Part of the step", STAGES, required=True, **shape)
        _turn_button("Forward", "arrow_forward", place + 1)
    return PANEL.kept("stage", STAGES[0])


def _turn_button(label: str, icon: str, place: int) -> None:
    stage = STAGES[place] if 0 <= place < len(STAGES) else ""
    kind = "primary" if label == "Forward" else "secondary"
    shape = {"icon": f":material/{icon}:", "type": kind, "disabled": not stage}
    PANEL.button(label, label.lower(), "stage", stage, **shape)
