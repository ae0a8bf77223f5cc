"""An experiment to keep and to pass on: as a link and as a file, there and back."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.errors import InvalidExperiment
from playground.experiment import LARGEST_FILE, Experiment
from playground.recipes import RECIPES
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import RECIPE, Key
from playground.ui.tab import session

_UPLOAD: Key[UploadedFile] = Key("experiment-file")


def draw_sharing(current: Session) -> None:
    """Draw the link, the download, the upload and the way back to the defaults."""
    with st.expander("Save and share"):
        st.caption("A link to these settings:")
        st.code(link(current.draft, current.recipe), language=None, wrap_lines=True)
        st.download_button(
            "Download as JSON",
            current.draft.to_json(),
            "experiment.json",
            "application/json",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
        st.file_uploader(
            "Open an experiment (JSON)",
            type=["json"],
            key=_UPLOAD.name,
            on_change=_open,
        )
        st.button("Back to the defaults", on_click=_reset, icon=":material/undo:", width="stretch")


def link(experiment: Experiment, recipe: str = "") -> str:
    """Return the address that opens the app with these settings, as changes to a recipe if any."""
    address = (st.context.url or "").partition("?")[0]
    if recipe:
        parameters = {RECIPE.name: recipe} | experiment.to_link(RECIPES[recipe].experiment())
    else:
        parameters = experiment.to_link()
    query = urlencode(parameters, safe="[],")
    return f"{address}?{query}" if query else address


def _open() -> None:
    file = _UPLOAD.get()
    if file is None:
        session().notice = ""
        return
    try:
        if file.size > LARGEST_FILE:
            raise InvalidExperiment(
                f"It has {file.size:,} bytes, and an experiment may have {LARGEST_FILE:,}: "
                "choose one that “Download as JSON” has saved."
            )
        session().notice = ""
        session().load(Experiment.from_json(file.getvalue()))
        st.toast(f"The sidebar now shows the settings of {plain(file.name)}.")
    except InvalidExperiment as error:
        session().notice = f"{file.name} was not opened. {error}"


def _reset() -> None:
    session().load(Experiment())
    session().notice = ""
