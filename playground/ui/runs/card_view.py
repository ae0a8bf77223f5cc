"""A run card that somebody brings becomes a run of theirs."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.export.installing import install
from playground.export.reading import read_card
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.session import Session
from playground.ui.state import Key
from playground.ui.uploads import MEGABYTE, MOST_OF_ONE

_IMPORTING: Key[bool] = Key("import-box")
_TIMES: Key[int] = Key("import-times")


def draw_import(current: Session) -> None:
    """Draw the button that takes a run card, and what it opens."""
    with st.popover(
        "Import a run card …",
        icon=":material/upload_file:",
        type="tertiary",
        key=_IMPORTING.name,
        on_change="rerun",
    ):
        if not _IMPORTING.get():
            return
        key: Key[UploadedFile] = Key(f"run-card-{_TIMES.get_or_set(0)}")
        most = MOST_OF_ONE // MEGABYTE
        st.file_uploader(
            "A run card (zip)",
            type=["zip"],
            key=key.name,
            max_upload_size=most,
            on_change=_import,
            args=(current, key),
        )
        st.caption(
            f"The zip that “Take it away” makes, of at most {most} MB here; python -m playground "
            "import FILE takes larger ones. It is checked for damage and contradictions; nothing "
            "in it is run, and nobody vouches for who made it."
        )


def _import(current: Session, key: Key[UploadedFile]) -> None:
    file = key.get()
    if file is None:
        return

    def take() -> None:
        run_id = install(read_card(file.getvalue()), service().store, service().room, current.owner)
        current.choice.wanted = (run_id,)
        _IMPORTING.set(False)

    try_and_tell(current.choice, take)
    _TIMES.set((_TIMES.get() or 0) + 1)  # an empty field: its file is let go
