"""The numbers of linear regression to edit: five regions, and the weights to start with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import pandas as pd
import streamlit as st

from playground.lab.inputs import Cells, Number, Row
from playground.lab.linear_regression import (
    FEATURES,
    FIRST_WEIGHT,
    FIRST_WEIGHTS,
    REGIONS,
    YIELDS,
)
from playground.ui.lab.panel import Panel

PANEL = Panel("linear_regression")

_TABLES: dict[str, tuple[Sequence[Number[float]], Mapping[str, Row]]] = {
    "regions": ((*FEATURES, *YIELDS), REGIONS),
    "weights": (FIRST_WEIGHT, FIRST_WEIGHTS),
}


def edit_numbers() -> dict[str, Cells]:
    """Draw both tables; return what they hold, None where a field is empty or no number."""
    with st.expander("Change the numbers", icon=":material/edit:"):
        st.caption(
            "Double-click a number to change it. The steps already taken are taken again with "
            "it; Reset brings the original numbers back."
        )
        return {name: _edit(name) for name in _TABLES}


def reset_numbers() -> None:
    """Bring the original numbers back; in a callback."""
    PANEL.keep("generation", PANEL.kept("generation", 0) + 1)
    for name, (_, rows) in _TABLES.items():
        PANEL.keep(f"{name}-held", tuple(rows.values()))


def _edit(name: str) -> Cells:
    columns, rows = _TABLES[name]
    now: Cells = PANEL.kept(f"{name}-held", tuple(rows.values()))
    # A new name is a new table, without what was typed into the one before.
    own = f"{name}-{PANEL.kept('generation', 0)}"
    if PANEL.held(own) is None:  # drawn for the first time, or again after another page
        PANEL.keep(f"{name}-first", now)
    first: Cells = PANEL.kept(f"{name}-first", now)
    labels = [_heading(column) for column in columns]
    edited = st.data_editor(
        pd.DataFrame(first, index=list(rows), columns=labels, dtype="float64"),
        key=PANEL.key(own),
        column_config={
            label: st.column_config.NumberColumn(help=f"From {column.least:g} to {column.most:g}.")
            for label, column in zip(labels, columns, strict=True)
        },
        alt=f"Table to edit: {', '.join(labels)}, for {', '.join(rows)}.",
    )
    PANEL.keep(f"{name}-held", _cells(edited))
    return _cells(edited)


def _cells(frame: pd.DataFrame) -> Cells:
    return tuple(
        tuple(cell if isfinite(cell) else None for cell in row) for row in frame.values.tolist()
    )


def _heading(column: Number[float]) -> str:
    text = column.label.removeprefix("starting ").removesuffix(" in tons per hectare")
    return text[0].upper() + text[1:]
