"""Adding: what the network was shown goes into the person's own data set, with the right label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.analysis.wording import counted
from playground.errors import PlaygroundError
from playground.experiment.catalog import DATASETS
from playground.service import service
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key
from playground.ui.tryit.asked import Asked
from playground.ui.tryit.inputs import Input
from playground.ui.tryit.sources import forget_inputs

_LABEL: Key[str] = Key("try-label")
_GUESS: Key[str] = Key("try-guess")  # the label that was chosen for the person
_TOLD: Key[str] = Key("try-added")


def draw_adding(
    current: Session, asked: Asked, inputs: Sequence[Input], shares: Sequence[Sequence[float]]
) -> None:
    """Draw label and button, where the run's data set is the person's own."""
    if not is_own(current, asked):
        return
    names = list(asked.entry.class_names)
    said = asked.class_names(len(shares[0]))[int(np.argmax(shares[0]))]
    guess = said if said in names else names[0]
    if guess != _GUESS.get() or _LABEL.get() not in names:  # another image, another guess
        _GUESS.set(guess)
        _LABEL.set(guess)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("The right label", names, key=_LABEL.name, width=220, format_func=plain)
        st.button(
            plain(f"Add to {asked.entry.label}"),
            key="try-add",
            icon=":material/add:",
            on_click=_add,
            args=(current, asked, tuple(inputs)),
            help="Adds what is shown to your data set. A network trained from then on learns "
            "from it.",
        )


def draw_added() -> None:
    """Say once what came of adding."""
    if told := _TOLD.get():
        st.info(plain(told), icon=":material/info:")
        _TOLD.forget()


def is_own(current: Session, asked: Asked) -> bool:
    """Whether the run's data set is of whoever sits here."""
    name = asked.entry.name
    return name not in DATASETS.built_in and any(
        own.is_mine and own.entry.name == name for own in service().own_sets.of(current.person)
    )


def _add(current: Session, asked: Asked, inputs: Sequence[Input]) -> None:
    label = _LABEL.get() or ""
    try:
        _, skipped = service().own_sets.add(
            current.person, asked.entry.name, [(label, each.content) for each in inputs]
        )
    except PlaygroundError as error:
        _TOLD.set(str(error))
        return
    added = len(inputs) - sum(each.count for each in skipped)
    reasons = " ".join(f"{each.count} left out: {each.reason}" for each in skipped)
    _TOLD.set(
        f"{counted(added, 'image')} added to {asked.entry.label} as “{label}”. Train again: a "
        f"network learns only from what it is trained on. {reasons}".strip()
    )
    forget_inputs()
