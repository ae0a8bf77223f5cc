"""Sources: what a person shows the network: a drawing, files, or a photograph just taken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from playground.drawing.framing import Ground
from playground.own.glance import glance
from playground.run.names import visible
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.tryit.canvas import clear_canvas, draw_canvas, drawn
from playground.ui.tryit.inputs import Brought, Drawn, Input
from playground.ui.uploads import release

CANVAS = "try-canvas"
DRAW, UPLOAD, CAMERA = "Draw", "Upload", "Camera"

_MOST_FILES = 16
_SIDE = 160  # pixels that an image is kept with: more than the networks here see
_ENDINGS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
_LONGEST_NAME = 60

_SOURCE: Key[str] = Key("try-source")
_BROUGHT: Key[tuple[Brought, ...]] = Key("try-brought")
_TOLD: Key[tuple[str, ...]] = Key("try-left-out")  # sentences on what was not read
_COUNT: Key[int] = Key("try-count")  # of the times that files came: field and camera begin anew


def draw_source_choice() -> None:
    """Draw the choice between drawing, files and camera."""
    st.segmented_control(
        "Show it", [DRAW, UPLOAD, CAMERA], default=DRAW, required=True, key=_SOURCE.name,
        persist_state="session", label_visibility="collapsed",
    )  # fmt: skip


def draws() -> bool:
    """Whether it is drawn now, neither uploaded nor photographed."""
    return _SOURCE.get() in (None, DRAW)


def draw_inputs(ground: Ground, size: int) -> Sequence[Input]:
    """Draw the canvas, the field for files or the camera; return what is to be shown."""
    if draws():
        drawing = draw_canvas(CANVAS, ground=ground, size=size)
        return () if drawing.is_empty else (Drawn(drawing, ground),)
    key = f"try-{_SOURCE.get()}-{_COUNT.get_or_set(0)}"
    taking = partial(_take, Key[Any](key))
    if _SOURCE.get() == CAMERA:
        st.camera_input("Take a photograph", key=key, on_change=taking)
    else:
        st.file_uploader(
            "Images", type=_ENDINGS, accept_multiple_files=True, key=key, on_change=taking,
            help=f"Up to {_MOST_FILES} at once; the middle square of each is shown.",
        )  # fmt: skip
    for sentence in _TOLD.get() or ():
        st.warning(plain(sentence), icon=":material/info:")
    return _BROUGHT.get() or ()


def forget_inputs() -> None:
    """Forget what is shown now, as it lies elsewhere."""
    if draws():
        clear_canvas(CANVAS)
    _BROUGHT.forget()
    _TOLD.forget()


def is_shown() -> bool:
    """Whether there is something to show."""
    return not drawn(CANVAS).is_empty if draws() else bool(_BROUGHT.get())


def _take(held: Key[Any]) -> None:
    """Read what has come, in a process apart; what is no image is told."""
    value = held.get()
    files = [file for file in (value if isinstance(value, list) else [value]) if file]
    if not files:
        return
    names = [visible(file.name)[-_LONGEST_NAME:] for file in files]
    told = []
    if len(files) > _MOST_FILES:
        told.append(
            f"Of {len(files)} files the first {_MOST_FILES} are shown: bring the others after."
        )
    found = glance([file.getvalue() for file in files[:_MOST_FILES]], _SIDE)
    release(files)
    brought = []
    for name, image in zip(names, found, strict=False):
        if isinstance(image, str):
            told.append(f"{name}: {image}")
        else:
            brought.append(Brought(name, image))
    _BROUGHT.set(tuple(brought))
    _TOLD.set(tuple(told))
    _COUNT.set(_COUNT.get_or_set(0) + 1)
