"""Your data sets: one's own and those that others share, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import streamlit as st

from playground.own.library import LONGEST_LABEL
from playground.service import service
from playground.service.own_sets import OwnSet
from playground.ui.dataset_labels import whose
from playground.ui.notices import do_or_tell, draw_notice, try_and_tell
from playground.ui.own.bring_view import draw_quota
from playground.ui.own.managing import Managing
from playground.ui.own.pictures_in import draw_pictures_in
from playground.ui.own.suited import suited_experiment
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, Key

_MANAGING: Key[Managing] = Key("managing")
_CHOSEN: Key[str] = Key("own-set")


def draw_sets(current: Session) -> None:
    """Draw the data sets that this person may use, and the one that is chosen."""
    managing = _MANAGING.get_or_set(Managing())
    draw_notice(managing)
    sets = {each.entry.name: each for each in service().own_sets.of(current.person)}
    if not sets:
        st.info("There are none yet: bring images, or collect some here.")
    else:
        if _CHOSEN.get() not in sets:
            _CHOSEN.set(next(iter(sets)))
        name = st.selectbox(
            "Data set",
            list(sets),
            format_func=lambda name: _line(sets[name]),
            key=_CHOSEN.name,
        )
        _draw_set(current, managing, sets[name])
    draw_quota(current)


def _line(own: OwnSet) -> str:
    return f"{own.label} · {own.images:,} images · {whose(own)}"


def _draw_set(current: Session, managing: Managing, own: OwnSet) -> None:
    shape = "×".join(map(str, own.entry.input_shape))
    made = datetime.fromtimestamp(own.made_at).strftime("%Y-%m-%d %H:%M")
    classes = len(own.entry.class_names)
    st.subheader(plain(own.label), anchor=False)
    st.caption(
        plain(
            f"{classes:,} classes, {own.entry.training_images:,} training and "
            f"{own.entry.test_images:,} test images of {shape}, {own.bytes / 1e6:,.1f} MB, of "
            f"{made}. Its content is called {own.fingerprint[:12]}."
        )
    )
    with st.container(horizontal=True):
        doing: dict[str, Any] = {"on_click": _use, "args": (current, own)}
        icon = ":material/check:"
        st.button("Use these images", key="set-use", type="primary", icon=icon, **doing)
        if own.is_mine:
            _draw_sharing(current, managing, own)
            _draw_renaming(current, managing, own)
            _draw_deleting(current, managing, own)
    if own.is_mine:
        with st.expander("Add images"):
            _draw_adding(current, managing, own)


def _draw_sharing(current: Session, managing: Managing, own: OwnSet) -> None:
    label = "Keep it to me" if own.is_shared else "Share it with everybody here"
    icon = ":material/lock:" if own.is_shared else ":material/group:"
    share = partial(service().own_sets.share, current.person, own.entry.name, not own.is_shared)
    st.button(label, key="set-share", icon=icon, on_click=do_or_tell, args=(managing, share))


def _draw_renaming(current: Session, managing: Managing, own: OwnSet) -> None:
    key: Key[str] = Key(f"set-label-{own.entry.name}")
    with st.popover("Rename", icon=":material/edit:"):
        st.text_input("Name", own.label, max_chars=LONGEST_LABEL, key=key.name)
        rename = service().own_sets.rename

        def action() -> None:
            rename(current.person, own.entry.name, key.get() or "")

        st.button("Rename it", key="set-rename", on_click=do_or_tell, args=(managing, action))


def _draw_deleting(current: Session, managing: Managing, own: OwnSet) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        name = own.entry.name
        st.markdown(plain(f"The images of {own.label} are gone for good then. {_runs_on(name)}"))
        delete = partial(service().own_sets.delete, current.person, name)
        args = (managing, delete)
        st.button("Delete it", key="set-delete", on_click=do_or_tell, args=args)


def _runs_on(name: str) -> str:
    match sum(run.snapshot.experiment.data.dataset == name for run in service().runs()):
        case 0:
            return "No run was trained on it."
        case 1:
            return "The run that was trained on it keeps its numbers, and says so."
        case runs:
            return f"The {runs:,} runs that were trained on it keep their numbers, and say so."


def _draw_adding(current: Session, managing: Managing, own: OwnSet) -> None:
    names = list(own.entry.class_names)
    name = st.selectbox(
        "Class",
        names,
        key=f"set-class-{own.entry.name}",
        accept_new_options=True,
        help="Choose one, or type the name of a new one.",
    )
    take: Callable[..., object] = partial(_add, current, managing, own, str(name))
    draw_pictures_in("set", managing.round, take)


def _add(
    current: Session, managing: Managing, own: OwnSet, name: str, pictures: list[tuple[str, bytes]]
) -> None:
    try_and_tell(managing, lambda: managing.add(current, own, name, pictures))


def _use(current: Session, own: OwnSet) -> None:
    current.load(suited_experiment(own.entry, current.draft))
    current.opens = TRAIN_PAGE
