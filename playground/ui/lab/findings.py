"""Findings: what the worker has found for a question of the lab, or why there is nothing yet."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from playground.run.questions import Question
from playground.service import service
from playground.ui.plain import plain

T = TypeVar("T")

_PATIENCE = 0.6  # seconds: most pieces take a few milliseconds
_LOOK_AGAIN = 0.5


def findings(question: Question[T]) -> T | None:
    """Return the answer; draw why there is none, or how far it is, and return None.

    While it is under way the page looks again by itself.
    """
    answer = service().inquiries.ask(question, _PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    elif answer.result is None:
        st.fragment(_wait, run_every=_LOOK_AGAIN)(question)
    return answer.result


def draw_code(code: str) -> None:
    """Draw the lines of PyTorch that have just run."""
    st.code(code, language="python")


def _wait(question: Question[object]) -> None:
    answer = service().inquiries.ask(question)
    if answer.is_ready:
        st.rerun()
    progress = answer.progress
    st.progress(
        (progress.fraction or 0.0) if progress else 0.0,
        plain(progress.message) if progress else "Asking the process that computes",
    )
