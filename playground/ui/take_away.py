"""Take it away: a run as a file, prepared once somebody asks for it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from playground.errors import PlaygroundError, UnknownRun
from playground.export.formats import FORMATS, Format
from playground.export.taken import check_taking, file_name, kept_epochs
from playground.run.disk import size_text
from playground.run.info import StoredRun
from playground.run.records import best_by_accuracy
from playground.service import RunSnapshot, service
from playground.service.exports import Making, Wish
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import Key

_WAITING_SECONDS = 0.7


def draw_take_away(current: Session, snapshot: RunSnapshot | None, where: str) -> None:
    """Draw the button for a run, and what it opens; `where` tells two places of a page apart."""
    is_ready = snapshot is not None and bool(snapshot.epochs)
    is_open: Key[bool] = Key(f"take-away-{where}")
    with st.popover(
        "Take it away",
        icon=":material/file_export:",
        type="tertiary" if where == "train" else "secondary",
        disabled=not is_ready,
        help="Code, weights, numbers, or all of it as a run card."
        if is_ready
        else "One run that has an epoch behind it.",
        key=is_open.name,
        on_change="rerun",
    ):
        if snapshot and is_ready and is_open.get():
            every = _WAITING_SECONDS if _is_awaited(where) else None
            st.fragment(_draw, run_every=every, key=f"take-away-{where}-parts")(
                current, snapshot, where
            )


def _awaited(where: str) -> Key[Wish]:
    """Return where the file is noted that this place of a page waits for."""
    return Key(f"take-away-{where}-awaited")


def _is_awaited(where: str) -> bool:
    wish = _awaited(where).get()
    making = service().exports.known(wish) if wish else None
    return making is not None and not making.is_over


def _draw(current: Session, snapshot: RunSnapshot, where: str) -> None:
    try:
        run = StoredRun(service().info(snapshot.run_id), snapshot)
    except UnknownRun as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return
    name: str = st.selectbox(
        "As",
        FORMATS.names,
        format_func=lambda name: FORMATS[name].label,
        key=f"take-away-{where}-format",
    )
    kind = FORMATS[name]
    st.caption(plain(kind.summary))
    mystery = snapshot.experiment.training.mystery
    is_revealed = mystery is not None and mystery in current.guesses.revealed
    try:
        check_taking(run, kind, revealed=is_revealed)
    except PlaygroundError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return
    epoch = _choose_epoch(run, kind, where) if kind.of_weights and kept_epochs(run) else 0
    version = f"{snapshot.status} {len(snapshot.epochs)} {run.info.name}"
    wish = Wish(run.info.run_id, name, epoch, tells=is_revealed, version=version)
    exports = service().exports
    if st.button(
        "Prepare the file",
        key=f"take-away-{where}-go",
        type="primary",
        width="stretch",
        disabled=(making := exports.known(wish)) is not None and not making.problem,
    ):
        exports.ask(wish)
        _awaited(where).set(wish)
        st.rerun()  # of the whole page: it alone sets the timer
    if making is not None:
        _draw_making(making, file_name(run, kind, epoch), kind, where)
    if _awaited(where).is_kept and not _is_awaited(where):
        _awaited(where).forget()
        st.rerun()


def _choose_epoch(run: StoredRun, kind: Format, where: str) -> int:
    kept = kept_epochs(run)[::-1]
    best = best_by_accuracy(run.snapshot.epochs)
    names = {kept[0]: "the last"}
    if best:
        names[best.epoch] = "the best and the last" if best.epoch == kept[0] else "the best"
    chosen: int = st.selectbox(
        "Weights after epoch",
        kept,
        format_func=lambda epoch: f"{epoch} ({names[epoch]})" if epoch in names else str(epoch),
        key=f"take-away-{where}-epoch-{run.info.run_id}",
        help="The best is the one of the highest validation accuracy.",
    )
    return chosen


def _draw_making(making: Making, name: str, kind: Format, where: str) -> None:
    if making.problem:
        st.warning(plain(making.problem), icon=":material/info:")
    elif making.file is None:
        st.status(plain(making.progress))
    else:
        for words in making.words:
            st.caption(plain(words))
        file: Path = making.file
        st.download_button(
            f"Save ({size_text(making.size)})",
            file.read_bytes,
            name,
            kind.media_type,
            key=f"take-away-{where}-save",
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )
