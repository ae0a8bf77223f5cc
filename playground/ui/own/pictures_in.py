"""Pictures in: how single pictures come from the person at the screen, one way at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.ui.state import Key
from playground.ui.uploads import release

Pictures = Sequence[tuple[str, bytes]]
"""The file's ending, such as ".jpg", and the content of each."""
Take = Callable[[Pictures], object]

_CAMERA_WIDTH = 420  # pixels: what stands below is to be in sight
_ENDINGS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]


def draw_pictures_in(place: str, number: int, take: Take) -> None:
    """Draw a camera or a field for files, and give what comes to `take` before the next drawing.

    `number` has to be another one after each time, so that camera and field begin anew.
    """
    ways = list(_WAYS)
    key = f"{place}-way"
    chosen = st.segmented_control(
        "Add by", ways, default=ways[0], key=key, required=True, label_visibility="collapsed"
    )
    _WAYS[chosen or ways[0]](f"{place}-{chosen}-{number}", take)


def _draw_camera(key: str, take: Take) -> None:
    doing: dict[str, Any] = {"on_change": _take, "args": (Key[Any](key), take)}
    st.camera_input("Take a photograph", key=key, width=_CAMERA_WIDTH, **doing)


def _draw_upload(key: str, take: Take) -> None:
    doing: dict[str, Any] = {"on_change": _take, "args": (Key[Any](key), take)}
    st.file_uploader("Images", type=_ENDINGS, accept_multiple_files=True, key=key, **doing)


_WAYS: dict[str, Callable[[str, Take], None]] = {"Upload": _draw_upload, "Camera": _draw_camera}


def _take(key: Key[Any], take: Take) -> None:
    held = key.get()
    files: list[UploadedFile] = [
        file for file in (held if isinstance(held, list) else [held]) if file
    ]
    pictures = [(PurePosixPath(file.name).suffix or ".jpg", file.getvalue()) for file in files]
    release(files)
    if pictures:
        take(pictures)
