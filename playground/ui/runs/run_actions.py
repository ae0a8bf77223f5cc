"""What one can do with the runs that are ticked: open, rename, star, stop, delete, download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time
from zlib import crc32

import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.wording import counted
from playground.errors import NotYours
from playground.frames.tables import metrics_csv
from playground.run.info import RunInfo
from playground.run.names import LONGEST_NAME
from playground.service import service
from playground.service.permission import Action, require
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.runs.backbone_action import draw_keep_backbone
from playground.ui.runs.card_view import draw_import
from playground.ui.session import Session
from playground.ui.state import RUN, TRAIN_PAGE, Key, open_page
from playground.ui.take_away import draw_take_away

_NAME_BOX = "rename-name"
_RENAMING: Key[bool] = Key("rename-box")  # whether it is open

# Streamlit has no property for it. The box may be drawn some frames after the click, and takes the
# focus itself; a field that is hidden, or gone, is left alone.
_SELECT_NAME = f"""<script>
if (!window.selectsName) {{
  window.selectsName = true;
  document.addEventListener("click", (event) => {{
    if (!event.target.closest(".st-key-rename-box button")) return;
    setTimeout(() => {{
      const name = document.querySelector(".st-key-{_NAME_BOX} input");
      if (name && name.offsetParent) {{ name.focus(); name.select(); }}
    }}, 200);
  }});
}}
</script>"""


def draw_run_actions(
    current: Session, chosen: Sequence[ComparedRun], infos: dict[str, RunInfo]
) -> None:
    """Draw one button for each thing to do; those that mean nothing now are disabled."""
    ids = [run.run_id for run in chosen]
    one = chosen[0] if len(chosen) == 1 else None
    improving = [run.run_id for run in chosen if run.may_improve]
    are_starred = bool(ids) and all(infos[run_id].is_starred for run_id in ids)
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Open run",
            key="open-run",
            icon=":material/open_in_new:",
            disabled=one is None,
            help="Show this run on the Train page. Tick one.",
        ):
            open_run(current, ids[0])
        refusal = _refusal(current, "rename", ids, infos)
        with st.popover(
            "Rename",
            icon=":material/edit:",
            disabled=one is None or bool(refusal),
            help=plain(refusal) or "Give this run another name. Tick one.",
            key=_RENAMING.name,
            on_change="rerun",
        ):
            if one and not refusal:
                _draw_rename(current, infos[one.run_id], one.unmarked or one.name)
        refusal = _refusal(current, "star", ids, infos)
        st.button(
            "Unstar" if are_starred else "Star",
            key="star",
            icon=":material/star:",
            disabled=not ids or bool(refusal),
            on_click=change_runs,
            args=(current, "star", ids),
            kwargs={"is_starred": not are_starred},
            help=plain(refusal) or "Starred runs come first in the table.",
        )
        refusal = _refusal(current, "keep", ids, infos)
        draw_keep_backbone(current, one.run_id if one else "", refusal)
        refusal = _refusal(current, "stop", improving, infos)
        st.button(
            "Stop",
            key="stop-runs",
            icon=":material/stop:",
            disabled=not improving or bool(refusal),
            on_click=_stop,
            args=(current, improving),
            help=plain(refusal)
            or "End the ticked runs that are under way, and keep what they have learned.",
        )
        refusal = _refusal(current, "delete", ids, infos)
        st.button(
            "Delete",
            key="delete-runs",
            icon=":material/delete:",
            disabled=not ids or bool(refusal),
            on_click=_delete,
            args=(current, ids),
            help=plain(refusal)
            or "Take the ticked runs out of the table; those under way end. It can be undone.",
        )
        st.download_button(
            "CSV",
            lambda: metrics_csv(chosen),
            "runs.csv",
            "text/csv",
            key="runs-csv",
            on_click="ignore",
            icon=":material/download:",
            disabled=not ids,
            help="Settings and metrics of the ticked runs, one row for each epoch.",
        )
        is_readable = one is not None and one.status != "unreadable"
        snapshot = service().snapshot(ids[0]) if is_readable else None
        draw_take_away(current, snapshot, "runs")
        draw_import(current)
        st.html(_SELECT_NAME, unsafe_allow_javascript=True)


def _refusal(
    current: Session, action: Action, ids: Sequence[str], infos: Mapping[str, RunInfo]
) -> str:
    """Return why one may not do this with these runs; "" where one may."""
    try:
        runs = [infos[run_id] for run_id in ids]
        require(current.person, action, runs, service().people.nickname_of)
    except NotYours as error:
        return str(error)
    return ""


def draw_undo(current: Session) -> None:
    """Draw, after runs were deleted, what brings them back."""
    deleted = current.choice.deleted
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        verb = "is" if len(deleted) == 1 else "are"
        st.markdown(f"{counted(len(deleted), 'run')} {verb} deleted.", width="content")
        st.button(
            "Undo",
            key="undo",
            icon=":material/undo:",
            on_click=_undo,
            args=(current,),
            type="tertiary",
        )


def open_run(current: Session, run_id: str) -> None:
    """Go to the Train page, with this run on it."""
    current.show(run_id)
    # Another page begins with an empty address: what names the run has to go along.
    open_page(TRAIN_PAGE, RUN, run_id)


def change_runs(current: Session, action: Action, ids: Sequence[str], **fields: object) -> None:
    """Change what is said of runs, or of none where this is not allowed with each of them."""

    def change() -> None:
        service().require(current.person, action, ids)
        for run_id in ids:
            service().change(run_id, current.person, **fields)

    try_and_tell(current.choice, change)


def _draw_rename(current: Session, info: RunInfo, name: str) -> None:
    # A field of its own for each name: one that was filled keeps what was typed, not what it is.
    key: Key[str] = Key(f"name-{info.run_id}-{crc32(name.encode())}")
    with st.container(key=_NAME_BOX):
        st.text_input(
            "Name",
            name[:LONGEST_NAME],
            key=key.name,
            max_chars=LONGEST_NAME,
            placeholder="network, data set and what is different",
            on_change=_rename,
            args=(current, info, key, name),
            help="Enter keeps it. Without a name, a run is called by what it learns and what is "
            "different in it.",
        )


def _rename(current: Session, info: RunInfo, key: Key[str], before: str) -> None:
    name = " ".join((key.get() or "").split())
    if not info.name and name == before:
        return  # not a name that stays when the words for settings change
    change_runs(current, "rename", [info.run_id], name=name)
    if not current.choice.notice:
        _RENAMING.set(False)


def _stop(current: Session, ids: Sequence[str]) -> None:
    def stop() -> None:
        service().require(current.person, "stop", ids)
        for run_id in ids:
            service().control(run_id, "stop", current.person)

    try_and_tell(current.choice, stop)


def _delete(current: Session, ids: Sequence[str]) -> None:
    def delete() -> None:
        service().require(current.person, "delete", ids)
        done = []
        try:
            for run_id in ids:
                service().change(run_id, current.person, deleted_at=time())
                done.append(run_id)
        finally:
            current.choice.deleted = tuple(done)

    try_and_tell(current.choice, delete)


def _undo(current: Session) -> None:
    def undo() -> None:
        for run_id in current.choice.deleted:
            service().change(run_id, current.person, deleted_at=None)
        current.choice.wanted = current.choice.deleted
        current.choice.deleted = ()

    try_and_tell(current.choice, undo)
