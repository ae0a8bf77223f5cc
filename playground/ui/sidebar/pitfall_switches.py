"""The sidebar's pitfalls: a switch for each mistake, and the mystery that hides one of them."""

from __future__ import annotations

import re

import streamlit as st

from playground.analysis.wording import (
    MARK,
    MYSTERY_PATH,
    PITFALLS_PATH,
    mystery_text,
    no_effect_text,
)
from playground.errors import InvalidExperiment, shorten
from playground.experiment import Experiment
from playground.experiment.catalog import PITFALLS
from playground.experiment.pitfalls import new_code, without_effect
from playground.recipes import RECIPES
from playground.ui.explanation import explanation
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.sidebar.recipe_choice import load_recipe
from playground.ui.state import Key, pitfall_key

_CODE = re.compile(r"[A-Z0-9]{4}")
_TYPED: Key[str] = Key("mystery-code")


def take_pitfalls(current: Session) -> None:
    """Take what is switched on into the session's draft; the draft decides where no switch is."""
    chosen = [
        name
        for name in PITFALLS.names
        if pitfall_key(name).get_or_set(name in current.draft.training.pitfalls)
    ]
    if tuple(chosen) != current.draft.training.pitfalls:
        current.draft = current.draft.replace({PITFALLS_PATH: chosen})


def draw_pitfalls(current: Session) -> None:
    """Draw the expander with the switches and the mystery."""
    with st.expander(summary(current.draft), key="pitfalls"):
        st.caption(
            "Mistakes to make on purpose, to see what they do. A run with one is marked "
            f"{MARK} wherever it appears."
        )
        _draw_mystery(current)
        _draw_switches(current.draft)


def summary(draft: Experiment) -> str:
    """Return the heading: what is on, such as "Pitfalls · 2 on" or "Pitfalls · mystery K7QF"."""
    code, count = draft.training.mystery, len(draft.training.pitfalls)
    parts = [f"{MARK} {mystery_text(code)}"] if code else []
    parts += [f"{count} on"] if count else []
    return " · ".join(["Pitfalls", *parts])


def parse_code(text: str) -> str:
    """Return a code as it is written in experiments, from however a person typed it.

    Raises `InvalidExperiment` for what is none.
    """
    code = "".join(text.split()).upper()
    if not _CODE.fullmatch(code):
        raise InvalidExperiment(
            f"{shorten(text.strip())} is no code of a mystery: it has four letters or digits, such "
            "as K7QF."
        )
    return code


def _draw_switches(draft: Experiment) -> None:
    has_mystery = draft.training.mystery is not None
    if has_mystery:
        st.caption("No switch works while a mystery is on: a second mistake would hide the first.")
    for pitfall in PITFALLS:
        st.toggle(
            pitfall.label,
            key=pitfall_key(pitfall.name).name,
            help=explanation(pitfall),
            disabled=has_mystery,
            persist_state="session",
        )
        if has_mystery:
            continue
        if reason := no_effect_text(pitfall, draft):
            st.caption(f"No effect: {reason}.")
        recipe = f"pitfall_{pitfall.name}"
        if pitfall.name in draft.training.pitfalls and recipe in RECIPES:
            st.button(
                "Load the recipe that shows it",
                key=f"show-{pitfall.name}",
                icon=":material/menu_book:",
                type="tertiary",
                on_click=load_recipe,
                args=(recipe,),
                help="Settings in which its harm is plain. Your own settings are replaced.",
            )


def _draw_mystery(current: Session) -> None:
    code = current.draft.training.mystery
    if code is None:
        st.button(
            "Hide one from me",
            key="hide-one",
            icon=":material/help:",
            on_click=_hide,
            args=(current,),
            width="stretch",
            help="A mystery: the next runs make one of these mistakes, and you find out which.",
        )
        _draw_code(current)
        return
    if code in current.guesses.revealed:
        st.caption(plain(f"You know this {mystery_text(code, current.guesses.revealed)}."))
    else:
        st.caption("The next run makes one of these mistakes. The code, for somebody else to try:")
        st.code(code, language=None)
        # Whatever the code hides: the words are the same for every code.
        if invisible := without_effect(current.draft.replace({MYSTERY_PATH: None})):
            st.caption(
                f"With these settings {len(invisible)} of the {len(PITFALLS)} mistakes would not "
                "show. Dropout in the model options, normalized pixels and two epochs or more "
                "leave none out."
            )
    st.button(
        "End the mystery",
        key="end-mystery",
        icon=":material/close:",
        on_click=_set_mystery,
        args=(current, None),
        width="stretch",
        help="The next run is without it.",
    )


def _draw_code(current: Session) -> None:
    text: str = st.text_input(
        "Or the code of a mystery",
        key=_TYPED.name,
        on_change=_take_code,
        args=(current,),
        placeholder="such as K7QF",
        max_chars=20,
        help="Whoever enters the same code gets the same mistake. Small letters do as well.",
    )
    if text.strip():
        try:
            parse_code(text)
        except InvalidExperiment as error:
            st.error(plain(str(error)), icon=":material/error:")


def _hide(current: Session) -> None:
    _set_mystery(current, new_code(current.draft))


def _take_code(current: Session) -> None:
    try:
        _set_mystery(current, parse_code(_TYPED.get() or ""))
    except InvalidExperiment:
        return  # what was typed stays, and the sentence is drawn below it


def _set_mystery(current: Session, code: str | None) -> None:
    current.draft = current.draft.replace({MYSTERY_PATH: code, PITFALLS_PATH: []})
    _TYPED.set("")
    for name in PITFALLS.names:
        pitfall_key(name).set(False)
