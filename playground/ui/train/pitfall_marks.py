"""Marks: what the Train page says of a run with pitfalls."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import MARK, marks_text, no_effect_text
from playground.experiment.catalog import PITFALLS
from playground.experiment.entries import PitfallEntry
from playground.service import RunSnapshot
from playground.ui.plain import plain
from playground.ui.session import Session

_APP = "Neural network playground"


def draw_marks(snapshot: RunSnapshot | None) -> None:
    """Draw a warning that names the pitfalls of the run shown, each with how to see it.

    What a mystery hides is not among them.
    """
    if snapshot and (names := snapshot.experiment.training.pitfalls):
        lines = [_line(PITFALLS[name], snapshot) for name in names]
        st.warning("\n\n".join(lines))


def title_of(current: Session) -> str:
    """Return what the browser's tab is called: marked as the run shown is."""
    run = current.snapshot
    marks = marks_text(run.experiment, current.guesses.revealed) if run else ""
    return f"{marks} · {_APP}" if marks else _APP


def draw_title(current: Session) -> None:
    """Give the browser's tab its title."""
    current.watch.title = title_of(current)
    if current.watch.title != _APP:  # which it has anyway
        st.set_page_config(page_title=current.watch.title)


def _line(pitfall: PitfallEntry, snapshot: RunSnapshot) -> str:
    head = f"**{MARK} Pitfall: {plain(pitfall.label)}.**"
    if reason := no_effect_text(pitfall, snapshot.experiment):
        return f"{head} It changes nothing in this run: {reason}."
    return f"{head} How to see it: {plain(pitfall.see)}"
