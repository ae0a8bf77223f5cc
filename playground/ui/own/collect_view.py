"""Collect here: classes by name, images by camera or as files, and a network trained on them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from playground.run.names import LONGEST_NAME
from playground.ui.notices import do_or_tell, draw_notice, try_and_tell
from playground.ui.own.bring_view import draw_progress
from playground.ui.own.collecting import Collecting
from playground.ui.own.pictures_in import draw_pictures_in
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, Key, open_page

_LOOK_AGAIN = 0.5

_COLLECTING: Key[Collecting] = Key("collecting")
_NEW: Key[str] = Key("collect-new")
_CLASS: Key[str] = Key("collect-class")


def draw_collect(current: Session) -> None:
    """Draw what is collected so far, and how to add to it."""
    collecting = _COLLECTING.get_or_set(Collecting())
    if collecting.token:
        importing = collecting.look(current)
        if importing.state == "reading":
            st.fragment(_wait, run_every=_LOOK_AGAIN, key="collect-wait")(current, collecting)
            return
        if importing.found is None:
            collecting.notice, collecting.token = importing.sentence, ""
        elif try_and_tell(collecting, partial(collecting.train, current, importing.found)):
            open_page(TRAIN_PAGE)
    draw_notice(collecting)
    st.caption("Name the classes, add some images of each, and train a network to tell them apart.")
    st.text_input(
        "Name of a class",
        key=_NEW.name,
        max_chars=LONGEST_NAME,
        placeholder="Such as cup, then Enter",
        autocomplete="off",
        on_change=_name,
        args=(collecting,),
    )
    if collecting.classes:
        _draw_classes(current, collecting)
    _draw_training(current, collecting)


def _draw_classes(current: Session, collecting: Collecting) -> None:
    counts = collecting.counts
    if _CLASS.get() not in collecting.classes:
        _CLASS.set(collecting.classes[-1])
    name = st.segmented_control(
        "Add images to",
        collecting.classes,
        format_func=lambda name: plain(f"{name} · {counts[name]}"),
        key=_CLASS.name,
        required=True,
    )
    take = partial(_take, current, collecting, name or collecting.classes[-1])
    draw_pictures_in("collect", collecting.round, take)
    if collecting.taken:
        last = plain(collecting.taken[-1][0])
        st.button(
            f"Remove the last one ({last})",
            key="collect-drop",
            icon=":material/undo:",
            on_click=collecting.drop_last,
        )


def _draw_training(current: Session, collecting: Collecting) -> None:
    obstacle = collecting.obstacle or current.obstacle
    st.button(
        "Train on these",
        key="collect-train",
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(obstacle),
        on_click=do_or_tell,
        args=(collecting, partial(collecting.begin, current)),
    )
    if obstacle:
        st.caption(plain(obstacle))


def _wait(current: Session, collecting: Collecting) -> None:
    importing = collecting.look(current)
    if importing.state != "reading":
        st.rerun()
    draw_progress(importing)


def _name(collecting: Collecting) -> None:
    text = _NEW.get() or ""
    if text.strip() and try_and_tell(collecting, lambda: collecting.name(text)):
        _NEW.set("")
        _CLASS.set(collecting.classes[-1])


def _take(
    current: Session, collecting: Collecting, name: str, pictures: list[tuple[str, bytes]]
) -> None:
    try_and_tell(collecting, lambda: collecting.take(current, name, pictures))
