"""Waiting: how far the worker is with a question, drawn until the answer is there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.run.questions import Question
from playground.run.records import PreparationRecord
from playground.service import service
from playground.ui.plain import plain

_LOOK_AGAIN = 0.5


def wait_for(question: Question[Any]) -> None:
    """Draw how far the answer is; once it is there, the whole page is drawn anew."""
    st.fragment(_wait, run_every=_LOOK_AGAIN)(question)


def draw_progress(
    progress: PreparationRecord | None, otherwise: str = "Asking the process that computes"
) -> None:
    """Draw a bar with what is being done; with `otherwise` where nothing has been said yet."""
    fraction = (progress.fraction or 0.0) if progress else 0.0
    st.progress(fraction, plain(progress.message) if progress else otherwise)


def _wait(question: Question[Any]) -> None:
    answer = service().inquiries.ask(question)
    if answer.is_ready:
        st.rerun()
    draw_progress(answer.progress)
