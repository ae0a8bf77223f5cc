"""Who am I: a nickname and the code that brings its runs back, and the teacher's key."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.service import service
from playground.service.people_file import LONGEST_NICKNAME
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key

_NICKNAME: Key[str] = Key("nickname")
_CODE: Key[str] = Key("code")
_TEACHERS_KEY: Key[str] = Key("teachers-key")
_LONGEST = 200  # letters of a code or a key


def draw_who(current: Session) -> None:
    """Draw who sits here, and how to become somebody: nobody has to."""
    with st.expander("Who am I", key="who"):
        if current.identity.notice:
            st.warning(plain(current.identity.notice), icon=":material/info:")
        if nickname := service().people.nickname_at(current.browser):
            _draw_nickname(current, nickname)
        else:
            _draw_nobody(current)
        if service().teachers_key.is_set or current.is_teacher:
            _draw_teacher(current)


def _draw_nickname(current: Session, nickname: str) -> None:
    st.markdown(f"You are **{plain(nickname)}**.")
    if current.identity.code:
        st.caption("Write the nickname and this code on paper. The code is shown this once:")
        st.code(current.identity.code, language=None)
        _button(current, "I have written it down", "written", lambda: None)
    st.caption("On a machine that others use too, leave when you go. Runs stay yours.")
    _button(current, "Leave", "leave", lambda: service().people.leave(current.browser))


def _draw_nobody(current: Session) -> None:
    st.caption(
        "This browser controls the runs you start in it, until it is closed. With a nickname and "
        "its code you come back to them from any browser."
    )
    st.text_input(
        "Nickname",
        key=_NICKNAME.name,
        max_chars=LONGEST_NICKNAME,
        autocomplete="off",
        help="Others see it beside your runs.",
    )
    _button(current, "Get a code", "take", lambda: _take(current))
    st.text_input("Code, if you have one", key=_CODE.name, max_chars=_LONGEST, autocomplete="off")
    _button(current, "Come back", "come-back", lambda: _come_back(current))


def _draw_teacher(current: Session) -> None:
    if current.is_teacher:
        st.caption("You hold the teacher's key in this tab: you may stop, rename and delete all.")
        _button(current, "Put the key away", "no-teacher", lambda: _hold_key(current, False))
        return
    st.text_input(
        "Teacher's key",
        key=_TEACHERS_KEY.name,
        type="password",
        max_chars=_LONGEST,
        autocomplete="off",
        help="Whoever runs this server has set it. It holds in this tab, until it is closed.",
    )
    _button(current, "Use the key", "teacher", lambda: _hold_key(current, True))


def _button(current: Session, label: str, key: str, action: Callable[[], object]) -> None:
    st.button(label, key=f"who-{key}", width="stretch", on_click=_act, args=(current, action))


def _act(current: Session, action: Callable[[], object]) -> None:
    """Do what a button says. What was typed as a secret is forgotten, whether right or wrong."""
    current.identity.code = ""
    try_and_tell(current.identity, action)
    for key in (_CODE, _TEACHERS_KEY):
        if key.get():
            key.set("")


def _take(current: Session) -> None:
    current.identity.code = service().people.take(current.browser, _NICKNAME.get() or "")


def _come_back(current: Session) -> None:
    service().people.come_back(current.browser, _NICKNAME.get() or "", _CODE.get() or "")


def _hold_key(current: Session, wanted: bool) -> None:
    if wanted:
        service().teachers_key.check(current.browser, _TEACHERS_KEY.get() or "")
    current.is_teacher = wanted
