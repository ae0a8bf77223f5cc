"""The widgets of a network with a backbone: which one it is, and how fast it learns."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.analysis.wording import number_text
from playground.experiment import Experiment
from playground.experiment.backbone_entries import BACKBONES, name_of
from playground.experiment.fields import description, heading
from playground.run.backbones import is_here
from playground.ui.plain import plain
from playground.ui.state import setting_key

_RATES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)


def backbone(path: str, draft: Experiment) -> None:
    """Let a person choose a backbone; the draft's is offered also where it is not here."""
    entries = {entry.reference: entry for entry in BACKBONES}
    held = draft.get(path)
    lines = "".join(f"\n- **{plain(e.label)}**: {plain(e.summary)}" for e in entries.values())

    def label(reference: str) -> str:
        entry = entries.get(reference)
        if entry is None:
            return f"{name_of(reference)} (other weights)" if reference else "Choose one"
        return entry.label if is_here(entry) else f"{entry.label} (not here)"

    st.selectbox(
        options=list(dict.fromkeys([*entries, held, setting_key(path).get_or_set(held)])),
        format_func=label,
        **_common(path, held, f"{description(path)}\n{lines}"),
    )


def backbone_rate(path: str, draft: Experiment) -> None:
    """Let a person freeze the backbone, or let it learn at a share of the learning rate."""
    value = float(draft.get(path))
    st.select_slider(
        options=sorted({*_RATES, value}),
        format_func=lambda rate: f"{number_text(100 * rate)} %" if rate else "frozen",
        **_common(path, value),
    )


def _common(path: str, value: Any, explained: str = "") -> dict[str, Any]:
    key = setting_key(path)
    key.get_or_set(value)
    return {
        "label": heading(path),
        "key": key.name,
        "help": explained or description(path),
        "persist_state": "session",
    }
