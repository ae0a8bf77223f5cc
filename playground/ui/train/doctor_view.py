"""The doctor's panel: what ails the run shown, and one change that should help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from playground.analysis.causes import cause_text, one_by_one
from playground.analysis.comparison import ComparedRun
from playground.analysis.doctor.diagnosis import RULES, words
from playground.analysis.doctor.finding import Finding
from playground.analysis.doctor.fixes import one_batch
from playground.analysis.pairs import compare_pair
from playground.errors import PlaygroundError
from playground.experiment import Experiment
from playground.service import RunSnapshot, service
from playground.service.answers import shared_answers
from playground.service.doctor import findings
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session

# More than two at once help nobody: the second often comes of the first.
_MOST_SHOWN = 2

_CERTAINTY = ((0.95, "almost certain"), (0.8, "quite sure"), (0.65, "likely"), (0.0, "possible"))

_FORK_HELP = "Trains a run like this one with this one change, and then compares the two."
_BATCH_HELP = (
    "Trains the same network on a few images, without augmentation or dropout. If it learns them "
    "by heart, look at rate and data; if it cannot even do that, at the network."
)


def findings_of(current: Session) -> tuple[Finding, ...]:
    """Return what the doctor says of the run shown; nothing before its first epoch."""
    snapshot = current.snapshot
    if snapshot is None or not (snapshot.epochs or snapshot.status.is_over):
        return ()
    return findings(snapshot, current.guesses.revealed)


def marks_of(current: Session) -> Sequence[tuple[str, int, str]]:
    """Return the marks of what is seen on a chart: its metric, the epoch and words."""
    return [
        (each.mark, each.since_epoch, words(each.rule))
        for each in findings_of(current)
        if each.is_illness and each.mark
    ][:_MOST_SHOWN]


def draw_doctor(current: Session) -> None:
    """Draw what ails the run shown: one calm line where nothing does."""
    snapshot = current.snapshot
    if snapshot is None or not (snapshot.epochs or snapshot.status.is_over):
        return
    mystery = snapshot.experiment.training.mystery
    if mystery and mystery not in current.guesses.revealed:
        st.caption("The doctor keeps silent about a mystery until you have guessed it.")
        return
    found = findings_of(current)
    ill = [each for each in found if each.is_illness]
    notes = [*ill[_MOST_SHOWN:], *(each for each in found if not each.is_illness)]
    with st.container(border=bool(ill), key="doctor", gap="small"):
        _draw_outcome(current, snapshot)
        for number, finding in enumerate(ill[:_MOST_SHOWN]):
            _draw_illness(current, snapshot, finding, number)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if not ill:
                so_far = "" if snapshot.status.is_over else " so far"
                st.caption(f"No illness seen{so_far} ({len(RULES)} rules looked).", width="content")
            if notes:
                label = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
                with st.popover(label, icon=":material/stethoscope:", type="tertiary"):
                    for finding in notes:
                        st.markdown(_text(finding))


def _draw_illness(current: Session, snapshot: RunSnapshot, finding: Finding, number: int) -> None:
    st.markdown(f":material/stethoscope: {_text(finding)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if finding.fix:
            st.button(
                "Fork with the fix",
                key=f"fix-{number}",
                icon=":material/healing:",
                on_click=_try,
                args=(current, finding.fix),
                disabled=bool(service().problem),
                help=_FORK_HELP,
            )
            st.caption(plain(fix_text(snapshot.experiment, finding.fix)), width="content")
        batch = one_batch(snapshot.experiment) if finding.rule == "not_learning" else None
        if batch:
            st.button(
                "Find the cause: learn one batch by heart",
                key="one-batch",
                icon=":material/biotech:",
                on_click=_try,
                args=(current, batch),
                disabled=bool(service().problem),
                help=_BATCH_HELP,
            )


def _text(finding: Finding) -> str:
    since = f" since epoch {finding.since_epoch}" if finding.since_epoch else ""
    sure = next(text for least, text in _CERTAINTY if finding.certainty >= least)
    name = words(finding.rule).capitalize()
    told = f" ({sure})" if finding.is_illness else ""
    return f"**{name}{since}**{told}. {plain(finding.evidence)} {plain(finding.meaning)}"


def fix_text(experiment: Experiment, fix: Mapping[str, Any]) -> str:
    """Return what a fix changes: "learning rate 1 → 0.03"."""
    changes = experiment.differences(experiment.replace(fix))
    return ", ".join(cause_text(single) for change in changes for single in one_by_one(change))


def _draw_outcome(current: Session, snapshot: RunSnapshot) -> None:
    """Draw what a change that was tried has done, paired over the images that both have."""
    before = current.tried.get(current.run_id)
    if not before:
        return
    try:
        earlier = service().snapshot(before)
    except PlaygroundError:  # it was deleted
        return
    pair = _compared(before, earlier), _compared(current.run_id, snapshot)
    text = compare_pair(*pair, answers=shared_answers(*pair)).sentence
    st.markdown(f":material/healing: **What the change did.** {plain(text)}")


def _compared(run_id: str, snapshot: RunSnapshot) -> ComparedRun:
    started = snapshot.started
    return ComparedRun(
        run_id,
        "this run",
        snapshot.experiment,
        snapshot.epochs,
        status=snapshot.status.value,
        validation_images=started.validation_images if started else None,
        validation_key=started.validation_key if started else "",
    )


def _try(current: Session, changes: Mapping[str, Any]) -> None:
    try_and_tell(current, lambda: current.try_change(changes))
