"""The Inspect page: one epoch, one class and one image, seen by one view at a time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.analysis.wording import percent_text
from playground.errors import PlaygroundError
from playground.run.info import StoredRun
from playground.service import RunSnapshot, service
from playground.service.predictions import validation_images
from playground.service.stored_answers import stored_answers
from playground.ui.inspect.asking import WAITING_SECONDS, is_waiting
from playground.ui.inspect.changes_view import draw_changes
from playground.ui.inspect.confidence_view import draw_confidence
from playground.ui.inspect.confusion_view import draw_confusion
from playground.ui.inspect.epoch_bar import PLAY_SECONDS, draw_epoch_bar, is_playing
from playground.ui.inspect.inside_view import draw_inside
from playground.ui.inspect.layers_view import draw_layers
from playground.ui.inspect.life_view import draw_lives
from playground.ui.inspect.look import CLASS, IMAGE, Look, keep_classes, keep_within
from playground.ui.inspect.map_view import draw_map
from playground.ui.inspect.mistakes_view import draw_mistakes
from playground.ui.inspect.slices_view import draw_slices
from playground.ui.inspect.suspects_view import draw_suspects, is_looking
from playground.ui.inspect.what_if_view import draw_what_if
from playground.ui.pacing import drawing, note_look, paced
from playground.ui.plain import plain
from playground.ui.runs.compared_runs import shown_name
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, VIEW, Key

LIVE_SECONDS = 1.0
"""Between two looks at a run that goes on."""

_POLLS: Key[float | None] = Key("inspect-polls")
_VIEW: Key[str] = Key("inspect-view")

VIEWS: dict[str, Callable[[Look], None]] = {
    "Confusion": draw_confusion,
    "Worst mistakes": draw_mistakes,
    "Life of each image": draw_lives,
    "What changed": draw_changes,
    "Does it know?": draw_confidence,
    "Layers over time": draw_layers,
    "Map and neighbours": draw_map,
    "Weak slices": draw_slices,
    "Change an image": draw_what_if,
    "Inside": draw_inside,
    "Wrong labels?": draw_suspects,
}


def draw_inspect(current: Session) -> None:
    """Draw the page, looking again on its own while the run goes on or the epochs play."""
    current.refresh()
    every = seconds_to_next_look(current)
    _POLLS.set(every)
    st.fragment(_draw, run_every=every and paced(every), key="inspect")(current)


def seconds_to_next_look(current: Session) -> float | None:
    """Return when to look again on one's own; None where nothing changes."""
    if is_waiting():
        return WAITING_SECONDS
    if is_playing():
        return PLAY_SECONDS
    return LIVE_SECONDS if current.is_moving or is_looking() else None


@drawing()
def _draw(current: Session) -> None:
    note_look(current)
    current.refresh()
    if not current.snapshot:
        st.info("There is no run to look into yet: train a network, then come back.")
        st.page_link(TRAIN_PAGE, label="Train a network", icon=":material/play_arrow:")
        return
    _draw_name(current, current.snapshot)
    look = _look(current.snapshot)
    if look:
        if not _VIEW.is_kept:
            _VIEW.set(asked if (asked := VIEW.get()) in VIEWS else next(iter(VIEWS)))
        view = st.segmented_control(
            "View", list(VIEWS), required=True, key=_VIEW.name,
            label_visibility="collapsed", persist_state="session", on_change=_tell_address,
        )  # fmt: skip
        VIEWS[view or next(iter(VIEWS))](look)
    # The timer is set by a full run of the page: where it is to change, ask for one.
    if seconds_to_next_look(current) != _POLLS.get():
        st.rerun()


def _tell_address() -> None:
    """Let a reload, and whoever is sent the address, find the view."""
    VIEW.set(_VIEW.get() or "")


def _draw_name(current: Session, snapshot: RunSnapshot) -> None:
    try:
        info = service().info(snapshot.run_id)
    except PlaygroundError:  # it is gone, and what is seen of it is still in this tab
        return
    name = shown_name(StoredRun(info, snapshot), current.guesses.revealed)
    is_deleted = "" if info.deleted_at is None else " This run is deleted."
    st.caption(plain(f"The run shown: {name}.{is_deleted}"))


def _look(snapshot: RunSnapshot) -> Look | None:
    """Draw what all views share; return what they look at, None where nothing is stored."""
    started = snapshot.started
    if started is None or not snapshot.epochs:
        ended = f"This run ended before its first epoch. {snapshot.message}".strip()
        wait = "What the network says appears here after the first epoch."
        st.info(plain(ended if snapshot.status.is_over else wait))
        return None
    data = validation_images(started.validation_key) if started.validation_key else None
    if data is None:
        st.info(
            "The validation images of this run are not on disk any more. Look at it on the Train "
            "page, which makes them again."
        )
        st.page_link(TRAIN_PAGE, label="To the Train page", icon=":material/play_arrow:")
        return None
    whole = stored_answers(snapshot.run_id, started.validation_key, snapshot.epochs[-1].epoch)
    if whole is None:
        st.info("No predictions of this run are kept: there is nothing to look into.")
        return None
    epoch = draw_epoch_bar(snapshot.run_id, whole.epochs)
    names = started.class_names
    words, choice = st.columns([5, 2], vertical_alignment="center")
    with choice:
        keep_classes(names)
        keep_within(IMAGE, range(len(data.labels)))
        chosen: int | None = st.selectbox(
            "Class", range(len(names)), index=None, format_func=names.__getitem__,
            key=CLASS.name, placeholder="all classes", persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
    look = Look(snapshot, data, whole, epoch, chosen)
    right = int(look.right.sum())
    after = f"After epoch {epoch}" if epoch else "Before the first step"
    done = f" of {snapshot.experiment.training.epochs}" if epoch else ""
    words.markdown(
        plain(
            f"{after}{done}: {right:,} of {len(data.labels):,} validation images are right, "
            f"{percent_text(right / len(data.labels))}."
        )
    )
    return look
