"""Pictures in: how single pictures come from the person at the screen, one way at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.ui.tryit.canvas import draw_canvas
from playground.ui.tryit.inputs import Drawn
from playground.ui.uploads import release

Pictures = Sequence[tuple[str, bytes]]
"""The file's ending, such as ".jpg", and the content of each."""
Take = Callable[[Pictures], object]

_CAMERA_WIDTH = 420  # pixels: what stands below is to be in sight
_ENDINGS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


def draw_pictures_in(place: str, number: int, take: Take) -> None:
    """Draw a way to add pictures, give what comes to `take`, and draw the page anew.

    `number` has to be another one after each time, so that every way begins anew.
    """
    ways = list(_WAYS)
    shown: dict[str, Any] = {"required": True, "label_visibility": "collapsed"}
    way = st.segmented_control("Add by", ways, default=ways[0], key=f"{place}-way", **shown)
    # Not as a callback of the field: where a look is cut short, that is lost.
    if pictures := _WAYS[way or ways[0]](f"{place}-{way}-{number}"):
        take(pictures)
        st.rerun()


def _camera(key: str) -> Pictures:
    photograph = st.camera_input("Take a photograph", key=key, width=_CAMERA_WIDTH)
    return _taken([photograph] if photograph else [])


def _upload(key: str) -> Pictures:
    return _taken(st.file_uploader("Images", type=_ENDINGS, accept_multiple_files=True, key=key))


def _draw(key: str) -> Pictures:
    drawing = draw_canvas(key, ground="white")  # as Try it begins with own images
    is_asked = st.button("Add this drawing", key=f"{key}-add", disabled=drawing.is_empty)
    return [(".png", Drawn(drawing, "white").content)] if is_asked else []


_WAYS: dict[str, Callable[[str], Pictures]] = {"Upload": _upload, "Camera": _camera, "Draw": _draw}
"""How pictures come, by the label: each draws its field under a key."""


def _taken(files: Sequence[UploadedFile]) -> Pictures:
    pictures = [(PurePosixPath(file.name).suffix or ".jpg", file.getvalue()) for file in files]
    release(files)
    return pictures
