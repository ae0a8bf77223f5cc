"""The learning rate, typed or slid: two widgets with one value, the typed one to the last digit."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.fields import limits
from playground.ui.sidebar import widgets
from playground.ui.state import Key, setting_key

PATH = "optimizer.learning_rate"
_SLIDER: Key[int] = Key("learning-rate-slider")  # which it is: another for each number typed
_SHOWN: Key[float] = Key("learning-rate-shown")  # where the slider stood when it was drawn
_TYPED: Key[str] = setting_key(PATH)
_WANTED: Key[str] = Key("learning-rate-wanted")  # what the field is to hold when it is next drawn


def slider() -> Key[float]:
    """Return where the slider has its value.

    One that follows what was typed is a new one: who types and turns to another page at once has a
    browser that still tells of the old one, which was not moved.
    """
    return Key(f"slide-learning-rate-{_SLIDER.get_or_set(0)}")


def want(text: str) -> None:
    """Let the field hold `text` at the next look at the whole page, and the slider follow."""
    _WANTED.set(text)


def settle() -> None:
    """Let the field have what is wanted, or what the slider was moved to since both were drawn."""
    if wanted := _WANTED.get():
        _WANTED.forget()
        _TYPED.set(wanted)
        _SHOWN.forget()
        return
    slid = slider().get()
    if _TYPED.is_kept and slid is not None and slid != _SHOWN.get():
        _TYPED.set(widgets.exact_text(slid))
        _SHOWN.set(slid)


def draw(draft: Experiment, take: Callable[..., object]) -> None:
    """Draw the field, by `take`, and the slider beside it, which follows."""
    settle()
    _follow(draft)
    left, right = st.columns([2, 3], gap="xsmall", vertical_alignment="bottom")
    with left:
        take(PATH, widgets.typed_number)
    right.select_slider(
        "Slide the learning rate",
        widgets.scale(PATH, _SHOWN.get()),
        _SHOWN.get(),
        key=slider().name,
        format_func=widgets.exact_text,
        label_visibility="collapsed",
        persist_state="session",
    )


def _follow(draft: Experiment) -> None:
    """Set the slider to what is typed; to the last number that could be, where that is none."""
    value, bounds = draft.optimizer.learning_rate, limits(PATH)
    try:
        typed = widgets.read(PATH, _TYPED.get()) if _TYPED.is_kept else value
    except InvalidExperiment:
        typed = value
    if (bounds.minimum or 0.0) <= typed <= (bounds.maximum or typed):
        value = typed
    if slider().get() != value:
        _SLIDER.set(_SLIDER.get_or_set(0) + 1)
    _SHOWN.set(value)
