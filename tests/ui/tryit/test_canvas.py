"""The canvas as Python sees it: what it keeps, takes, refuses and forgets."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

LINE = [{"w": 70, "p": [100, 100, 200, 250]}]


def board() -> None:
    import streamlit as st

    from playground.ui.state import Key
    from playground.ui.tryit.canvas import _take, clear_canvas, draw_canvas

    if Key("sent").is_kept:  # as the component's callback has it
        Key("here").set({"drawing": Key("sent").get()})
        _take("here")
        Key("here").forget()
        Key("sent").forget()
    st.button("Empty it", on_click=clear_canvas, args=("here",))
    st.caption(f"{len(draw_canvas('here').strokes)} strokes")


@pytest.mark.parametrize("nonsense", [None, "strokes", [{"w": 70}], [{"w": 70, "p": [1] * 3}]])
def test_what_a_browser_sends_is_a_drawing_or_is_told_and_changes_nothing(nonsense: object) -> None:
    app = AppTest.from_function(board).run()
    assert app.caption[0].value == "0 strokes"
    app.session_state["sent"] = LINE * 2
    app.run()
    assert app.caption[0].value == "2 strokes"
    app.session_state["sent"] = nonsense
    app.run()
    assert app.caption[0].value == "2 strokes"
    assert "draw it again" in app.warning[0].value
    app.session_state["sent"] = LINE
    app.run()
    assert app.caption[0].value == "1 strokes"
    assert not app.warning
    app.button[0].click().run()
    assert app.caption[0].value == "0 strokes"
    assert not app.exception
