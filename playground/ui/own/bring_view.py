"""Your images: four ways to bring them, the reading with its progress, and the look before use."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.own.brought import SIDES, Colour, Fit, Kind, Wishes
from playground.own.found import Found
from playground.own.library import LONGEST_LABEL
from playground.service import service
from playground.service.own_sets import Importing
from playground.ui.notices import do_or_tell, draw_notice, try_and_tell
from playground.ui.own.bringing import Bringing, of_server, suggested
from playground.ui.own.found_view import draw_classes, draw_found
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key
from playground.ui.uploads import MOST_OF_ONE

_LOOK_AGAIN = 0.5
_NEARLY_ALL = 0.9  # of what a page may send: what did not fit the browser alone knows
_PICTURES = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]

_BRINGING: Key[Bringing] = Key("bringing")
_WAY: Key[str] = Key("own-way")
_SIDE: Key[int | None] = Key("own-side")
_COLOUR: Key[Colour] = Key("own-colour")
_FIT: Key[Fit] = Key("own-fit")
_TEST: Key[float] = Key("own-test-share")
_PATH: Key[str] = Key("own-path")
_LABEL: Key[str] = Key("own-label")
_SHARED: Key[bool] = Key("own-shared")

_COLOURS = {"auto": "As they are", "grey": "Grey", "colour": "Colour"}
_FITS = {"crop": "Cut to the middle", "pad": "Filled up with black"}


def draw_bring(current: Session) -> None:
    """Draw the ways to bring images, or what has become of those that were brought."""
    bringing = _BRINGING.get_or_set(Bringing())
    draw_notice(bringing)
    if not bringing.token:
        _draw_ways(current, bringing)
        return
    importing = bringing.look(current)
    if importing.state == "reading":
        st.fragment(_wait, run_every=_LOOK_AGAIN, key="own-wait")(current, bringing)
    elif importing.found is None:
        st.warning(plain(importing.sentence), icon=":material/block:")
        _discard(current, bringing, "Bring other images")
    else:
        draw_found(importing.found)
        _draw_keeping(current, bringing, importing.found)
        with st.expander("How the images are prepared"):
            _draw_wishes()
            again = partial(bringing.read, current, _wishes())
            doing: dict[str, Any] = {"on_click": do_or_tell, "args": (bringing, again)}
            st.button("Read them again like this", key="own-again", **doing)
        draw_classes(importing.found)  # last: there may be many, and the buttons stay in sight


def _draw_ways(current: Session, bringing: Bringing) -> None:
    ways = {"zip": "A zip", "files": "A folder", "csv": "A CSV of pixels"}
    if service().own_sets.image_folders():
        ways["server"] = "A path on the server"
    shown: dict[str, Any] = {"format_func": ways.get, "persist_state": "session"}
    way = st.segmented_control(
        "Bring", list(ways), default="zip", key=_WAY.name, required=True, **shown
    )
    match way:
        case "zip":
            st.caption("One folder for each class in it, such as cats/ and dogs/.")
            _field(current, bringing, "zip", ["zip"])
        case "csv":
            st.caption(
                "One image in each row: its label, then its pixels from 0 to 255. A first row of "
                "names, such as label,pixel0,pixel1, may be there."
            )
            _field(current, bringing, "csv", ["csv"])
        case "files":
            st.caption("Choose the folder that has one folder for each class in it.")
            _draw_folder(current, bringing)
        case _:
            _draw_server(current, bringing)
    with st.expander("How the images are prepared"):
        _draw_wishes()
    draw_quota(current)


def _field(current: Session, bringing: Bringing, kind: Kind, types: list[str]) -> None:
    label = {"zip": "Zip file", "csv": "CSV file"}[kind]
    file = st.file_uploader(label, type=types, key=f"own-{kind}-{bringing.round}")
    if file is not None:  # not as its callback: where a look is cut short, that is lost
        _send(current, bringing, kind, [file])
        st.rerun()


def _draw_folder(current: Session, bringing: Bringing) -> None:
    key = f"own-files-{bringing.round}"
    kinds: dict[str, Any] = {"type": _PICTURES, "accept_multiple_files": "directory"}
    files: list[UploadedFile] = st.file_uploader("Folder", key=key, **kinds)
    if not files:
        return
    size = sum(file.size for file in files)
    st.caption(f"{len(files):,} files have arrived, {size / 1e6:.1f} MB.")
    if size > _NEARLY_ALL * MOST_OF_ONE:
        most = f"{MOST_OF_ONE >> 20} MB"
        st.warning(
            f"A page may send {most} of files at a time. If there is more in this folder, the rest "
            "has not arrived: make a zip of smaller images, or bring fewer.",
            icon=":material/warning:",
        )
    if st.button("Look at these images", key="own-look", type="primary"):
        _send(current, bringing, "files", files)
        st.rerun()


def _draw_server(current: Session, bringing: Bringing) -> None:
    folders = [str(folder) for folder in service().own_sets.image_folders()]
    below = " or ".join(folders)
    st.caption(plain(f"A folder of class folders, a zip or a CSV file, below {below}."))
    st.text_input("Path", placeholder=folders[0], max_chars=1000, key=_PATH.name)
    doing: dict[str, Any] = {"on_click": _send_path, "args": (current, bringing)}
    st.button("Look at these images", key="own-look", type="primary", **doing)


def _draw_wishes() -> None:
    columns = st.columns(4)
    kept: dict[str, Any] = {"persist_state": "session"}
    columns[0].selectbox(
        "Size",
        [None, *SIDES],
        format_func=lambda side: f"{side}×{side}" if side else "Automatic",
        key=_SIDE.name,
        help="Pixels of all images. Automatic looks at what they have.",
        **kept,
    )
    columns[1].selectbox(
        "Colour", _COLOURS, format_func=_COLOURS.__getitem__, key=_COLOUR.name, **kept
    )
    columns[2].selectbox(
        "What is not square", _FITS, format_func=_FITS.__getitem__, key=_FIT.name, **kept
    )
    columns[3].slider(
        "For testing",
        *(0.1, 0.5, 0.2, 0.05),
        format="percent",
        key=_TEST.name,
        help="The share of each class that is kept as test images. Where a folder is called test, "
        "these are the test images instead.",
        **kept,
    )


def draw_quota(current: Session) -> None:
    """Draw how much room there is, loudly where little is left."""
    quota = service().own_sets.quota(current.person)
    if quota.sentence:
        st.warning(plain(quota.sentence), icon=":material/hard_drive:")
    if quota.most:
        most = config.get_option("server.maxUploadSize")
        st.caption(
            f"Your data sets take {quota.used / 1e6:,.0f} MB of the {quota.most / 1e6:,.0f} MB "
            f"they may. A file that is sent may have {most} MB."
        )


def _wishes() -> Wishes:
    usual = Wishes()
    return Wishes(
        _SIDE.get(),
        _COLOUR.get() or usual.colour,
        _FIT.get() or usual.fit,
        _TEST.get() or usual.test_share,
    )


def _send(current: Session, bringing: Bringing, kind: Kind, files: list[UploadedFile]) -> None:
    wishes = _wishes()
    try_and_tell(bringing, lambda: bringing.send(current, kind, files, wishes))


def _send_path(current: Session, bringing: Bringing) -> None:
    brought = of_server(_PATH.get() or "")
    bringing.brought, bringing.label = brought, suggested(brought.kind, brought.path.name)
    try_and_tell(bringing, lambda: bringing.read(current, _wishes()))


def _wait(current: Session, bringing: Bringing) -> None:
    importing = bringing.look(current) if bringing.token else None
    if importing is None or importing.state != "reading":
        st.rerun()
    draw_progress(importing)
    _discard(current, bringing, "Cancel")


def draw_progress(importing: Importing) -> None:
    """Draw how far a reading is."""
    share = min(1.0, importing.done / importing.total) if importing.total else 0.0
    st.progress(share, plain(importing.sentence or "Reading the images …"))


def _discard(current: Session, bringing: Bringing, label: str) -> None:
    action = partial(bringing.give_up, current)
    icon = ":material/close:"
    st.button(label, key="own-discard", icon=icon, on_click=do_or_tell, args=(bringing, action))


def _draw_keeping(current: Session, bringing: Bringing, found: Found) -> None:
    _LABEL.get_or_set(bringing.label)
    st.text_input("Name of the data set", key=_LABEL.name, max_chars=LONGEST_LABEL)
    st.toggle("Let everybody on this server use it", key=_SHARED.name)
    with st.container(horizontal=True):
        st.button(
            "Use these images",
            key="own-use",
            type="primary",
            icon=":material/check:",
            disabled=len(found.class_names) < 2,
            on_click=_use,
            args=(current, bringing),
        )
        _discard(current, bringing, "Discard")


def _use(current: Session, bringing: Bringing) -> None:
    label, shared = _LABEL.get() or "", bool(_SHARED.get())
    if try_and_tell(bringing, lambda: bringing.use(current, label, shared=shared)):
        _LABEL.forget()
        _SHARED.forget()
