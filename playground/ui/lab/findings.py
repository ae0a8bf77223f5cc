"""Findings: what the worker found for a piece of the lab, or why there is nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.service import service
from playground.ui.plain import plain

_PATIENCE = 0.6  # seconds: most pieces take a few milliseconds
_LOOK_AGAIN = 0.5


def findings(piece: str, inputs: Mapping[str, object]) -> dict[str, Any] | None:
    """Return what the piece finds; draw why there is nothing, or how far it is, and return None.

    While it is under way the page looks again by itself.
    """
    answer = service().inquiries.investigate(piece, inputs, patience=_PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    elif answer.result is None:
        st.fragment(_wait, run_every=_LOOK_AGAIN)(piece, inputs)
    result: dict[str, Any] | None = answer.result
    return result


def draw_code(found: Mapping[str, Any]) -> None:
    """Draw the lines of PyTorch that have just run."""
    st.code(found["code"], language="python")


def _wait(piece: str, inputs: Mapping[str, object]) -> None:
    answer = service().inquiries.investigate(piece, inputs)
    if answer.is_ready:
        st.rerun()
    progress = answer.progress
    st.progress(
        (progress.fraction or 0.0) if progress else 0.0,
        progress.message if progress else "Asking the process that computes",
    )
