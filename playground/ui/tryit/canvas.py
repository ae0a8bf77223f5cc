"""Canvas: a square to draw on with mouse, finger, pen or keys; a component without a build step.

`draw_canvas(key)` draws it and returns what is drawn by now, so wherever images are drawn by hand
it is one call; `clear_canvas(key)`, before it, empties it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from playground.drawing.framing import Ground
from playground.drawing.strokes import Drawing, read_drawing
from playground.errors import PlaygroundError
from playground.ui.plain import plain
from playground.ui.state import Key


def _file(kind: str) -> str:
    return (Path(__file__).parent / f"canvas.{kind}").read_text(encoding="utf-8")


_CANVAS = st.components.v2.component(
    "playground_canvas", html=_file("html"), css=_file("css"), js=_file("js")
)


def draw_canvas(
    key: str, *, label: str = "Draw here", ground: Ground = "black", size: int = 320
) -> Drawing:
    """Draw a canvas of up to `size` pixels a side, and return what is drawn on it by now.

    The part of the page that it stands in is drawn anew at the end of each stroke. What is drawn
    is kept under the `key` for as long as the tab is open, whether the canvas is shown or not.
    """
    drawing = drawn(key)
    _CANVAS(
        key=key,
        data={
            "strokes": drawing.packed(),
            "revision": _revision(key).get_or_set(0),
            "ground": ground,
            "size": size,
            "label": label,
        },
        on_drawing_change=lambda: _take(key),
    )
    if refusal := _refusal(key).get():
        st.warning(plain(refusal), icon=":material/info:")
    return drawing


def drawn(key: str) -> Drawing:
    """Return what is drawn on the canvas of this key; nothing before it was shown."""
    return _drawing(key).get() or Drawing()


def clear_canvas(key: str) -> None:
    """Empty the canvas of this key; to be called before it is drawn, as in a button's callback."""
    _drawing(key).forget()
    _refusal(key).forget()
    _revision(key).set(_revision(key).get_or_set(0) + 1)


def _take(key: str) -> None:
    """Take what the browser sends, or say why not."""
    sent = (Key[Any](key).get() or {}).get("drawing")
    try:
        _drawing(key).set(read_drawing(sent))
        _refusal(key).forget()
    except PlaygroundError as error:
        _refusal(key).set(str(error))


def _drawing(key: str) -> Key[Drawing]:
    return Key(f"{key}-drawing")


def _revision(key: str) -> Key[int]:
    return Key(f"{key}-revision")


def _refusal(key: str) -> Key[str]:
    return Key(f"{key}-refused")
