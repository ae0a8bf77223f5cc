"""Findings: what the worker has found for a question of the lab, or why there is nothing yet."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from playground.run.questions import Question
from playground.service import service
from playground.ui.plain import plain
from playground.ui.waiting import wait_for

T = TypeVar("T")

_PATIENCE = 0.6  # seconds: most pieces take a few milliseconds


def findings(question: Question[T]) -> T | None:
    """Return the answer; draw why there is none, or how far it is, and return None.

    While it is under way the page looks again by itself.
    """
    answer = service().inquiries.ask(question, _PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    elif answer.result is None:
        wait_for(question)
    return answer.result


def draw_code(code: str) -> None:
    """Draw the lines of PyTorch that have just run."""
    st.code(code, language="python")
