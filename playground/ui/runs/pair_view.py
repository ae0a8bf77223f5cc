"""The baseline and each other run in a sentence, with the runs that would tell the cause."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.causes import switched_pitfall
from playground.analysis.comparison import CHANCE, ComparedRun, causes
from playground.analysis.metrics import ACCURACY
from playground.analysis.pairs import compare_pair
from playground.analysis.wording import MARK, PITFALLS_PATH, setting_text
from playground.experiment import Difference, Experiment
from playground.experiment.catalog import PITFALLS
from playground.service import service
from playground.service.answers import shared_answers
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session

_LABEL = 60  # letters of a button


def draw_pairs(
    current: Session,
    runs: Sequence[ComparedRun],
    shown: Sequence[ComparedRun],
    baseline: ComparedRun,
    metric: str = ACCURACY,
) -> None:
    """Draw a sentence for each pair on this metric, and a button for each twin that is missing."""
    others = [run for run in shown if run.run_id != baseline.run_id]
    if not others:
        return
    st.markdown(f"##### Compared with {plain(baseline.name)}")
    existing = [run.experiment for run in runs]
    for other in others:
        answers = shared_answers(baseline, other) if metric == ACCURACY else None
        pair = compare_pair(baseline, other, existing, answers, metric)
        st.markdown(f"**{plain(other.name)}** · {plain(pair.sentence)}")
        if pair.missing_twins:
            with st.container(horizontal=True, gap="small"):
                for number, twin in enumerate(pair.missing_twins):
                    _draw_twin(current, baseline, other, twin, number)


def twin_text(baseline: Experiment, twin: Experiment) -> str:
    """Return what a twin of the baseline has of its own, such as "lr 0.01"."""
    changes = [change for change in causes(baseline, twin) if change.path not in CHANCE]
    return " · ".join(map(_change_text, changes)) or "same seed"


def _change_text(change: Difference) -> str:
    if change.path != PITFALLS_PATH:
        return setting_text(change.path, change.new)
    name = switched_pitfall(change)
    return f"{MARK if name in change.new else 'without'} {PITFALLS[name].label}"


def _draw_twin(
    current: Session, baseline: ComparedRun, other: ComparedRun, twin: Experiment, number: int
) -> None:
    text = twin_text(baseline.experiment, twin)
    seed = baseline.experiment.training.seed
    st.button(
        plain(f"Run with one change: {text}"[:_LABEL]),
        key=f"twin-{other.run_id}-{number}",
        icon=":material/add:",
        on_click=_run_twin,
        args=(current, twin, f"{text}, twin of {baseline.unmarked or baseline.name}"),
        help=f"Starts a run like the baseline with this one change, seed {seed}, and ticks it.",
    )


def _run_twin(current: Session, twin: Experiment, name: str) -> None:
    def run() -> None:
        current.choice.tick_also(service().submit(twin, owner=current.owner, name=name))

    try_and_tell(current.choice, run)
