"""The live part of the Train page: toolbar, numbers, charts and wall, drawn as the run goes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.causes import cause_text, one_by_one, switched_pitfall
from playground.analysis.wording import MARK, MYSTERY_PATH, PITFALLS_PATH
from playground.experiment import Difference
from playground.experiment.catalog import PITFALLS
from playground.run.questions import PreviewImages
from playground.service import RunStatus, service
from playground.ui.pacing import drawing, look_again, note_look, paced
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.train.charts_view import draw_charts
from playground.ui.train.comparing_lines import are_awaited
from playground.ui.train.doctor_view import draw_doctor
from playground.ui.train.go_on import draw_go_on
from playground.ui.train.metrics import draw_metrics
from playground.ui.train.mystery_view import draw_mystery
from playground.ui.train.pitfall_marks import draw_marks, draw_title, title_of
from playground.ui.train.silence import draw_silence
from playground.ui.train.toolbar import about, draw_toolbar
from playground.ui.train.wall import draw_wall

# An epoch is on screen within a second of its end; a look costs about 20 ms.
POLL_SECONDS = 0.5

# Who watches a long run sees it grow as well at half the pace, and the server has half the work.
STEADY_SECONDS = 1.0
_LIVELY = 2.0  # seconds of a run after which it is a long one

# A paused run goes on where another tab resumes it: worth a look now and then.
PAUSED_SECONDS = 2.0

# A page without a run.
IDLE_SECONDS = 10.0

_WORDS_HEIGHT = 42  # pixels
_MOST_CHIPS = 4  # on one line


def draw_live(current: Session) -> None:
    """Draw the live part, looking again on its own for as long as something may change."""
    current.refresh()
    draw_title(current)
    current.watch.every = seconds_to_next_look(current)
    st.fragment(_draw, run_every=current.watch.every, key="live")(current)


def seconds_to_next_look(current: Session) -> float | None:
    """Return when to look again whether something has changed; None where nothing can."""
    every = _seconds_to_next_look(current)
    return every and paced(every)


def _seconds_to_next_look(current: Session) -> float | None:
    if run := current.snapshot:
        if current.is_moving:
            if current.watch.seconds_unchanged > _LIVELY:  # it waits for its turn among many
                return PAUSED_SECONDS
            return POLL_SECONDS if run.seconds < _LIVELY else STEADY_SECONDS
        return None if run.status.is_over and not are_awaited(current) else PAUSED_SECONDS
    if service().problem:
        return PAUSED_SECONDS  # what is in the way may be mended meanwhile
    # Never not at all: whatever a page may have missed, it finds at the next look.
    answer = service().inquiries.ask(PreviewImages.of(current.draft))
    return IDLE_SECONDS if answer.is_ready else POLL_SECONDS


@drawing()
def _draw(current: Session) -> None:
    note_look(current)
    if service().problem:
        service().warm_up()
    current.refresh()
    if title_of(current) != current.watch.title or current.wants_settings_shown:
        st.rerun()  # of the whole page: it alone sets the title, and the sidebar
    if (every := seconds_to_next_look(current)) != current.watch.every:
        current.watch.every = every
        look_again(every)
    draw_toolbar(current)
    _draw_words(current)
    draw_marks(current.snapshot)
    draw_mystery(current)
    draw_metrics(current.snapshot)
    draw_charts(current)
    draw_doctor(current)
    draw_wall(current)


def _draw_words(current: Session) -> None:
    """Draw one line, always there, on how the sidebar and the run shown stand to each other."""
    snapshot = current.snapshot
    if current.notice:
        st.warning(plain(current.notice), icon=":material/info:")
    if warning := service().warning:
        st.warning(plain(warning), icon=":material/hard_drive:")
    draw_silence(current)
    if snapshot and snapshot.message and snapshot.status.is_over:
        tell = st.warning if snapshot.status is RunStatus.INTERRUPTED else st.error
        tell(plain(snapshot.message), icon=":material/error:")
    if snapshot and snapshot.note:
        st.info(plain(snapshot.note), icon=":material/history:")
    if snapshot and (said := service().own_sets.said_of(snapshot)):
        st.info(plain(said), icon=":material/photo_library:")
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        height="content" if current.obstacle else _WORDS_HEIGHT,
        border=False,
        key="words",
    ):
        if current.obstacle:
            words = plain(current.obstacle)
            if current.obstacle == service().problem:
                words += " It is tried again every few seconds."
            st.markdown(f":small[:red[Cannot train: {words}]]")
        elif snapshot and not current.is_mine:
            words = "run: you can watch it. Train starts one of your own."
            st.caption(f"{plain(current.whose)} {words}")
        elif snapshot is None:
            st.caption(
                "Press Train to start, or change the settings in the sidebar first."
                f"{_takes(current)}"
            )
        elif changes := snapshot.experiment.differences(current.draft):
            st.markdown(f":small[The next run changes] {_chips(changes)}:small[{_takes(current)}]")
        else:
            st.caption(f"The sidebar shows the settings of this run.{_takes(current)}")
        if snapshot and snapshot.experiment.differences(current.draft):
            pressed = st.button(
                "Use this run's settings",
                key="use-settings",
                type="tertiary",
                on_click=current.use_settings_shown,
                help="Set the sidebar to the settings of the run shown here.",
            )
            if pressed:
                st.rerun()  # of the whole page: the sidebar is no part of this one
        draw_go_on(current)


def _takes(current: Session) -> str:
    """Return how long the next run will probably take; "" while one is under way or unknown."""
    is_live = current.snapshot is not None and current.snapshot.status.is_live
    seconds = None if is_live else current.expected_seconds
    return "" if seconds is None else f" Train takes {about(seconds)}."


def _chips(changes: Sequence[Difference]) -> str:
    """Return what the next run changes, pitfalls first: what is left over is only counted."""
    singles = [single for change in changes for single in one_by_one(change)]
    singles.sort(key=lambda change: change.path not in (PITFALLS_PATH, MYSTERY_PATH))
    shown = singles if len(singles) <= _MOST_CHIPS else singles[: _MOST_CHIPS - 1]
    chips = [_chip(change) for change in shown]
    if len(shown) < len(singles):
        chips.append(f":small[and {len(singles) - len(shown)} more]")
    return " ".join(chips)


def _chip(change: Difference) -> str:
    if change.path == PITFALLS_PATH:
        name = switched_pitfall(change)
        state = "on" if name in change.new else "off"
        return f":orange-badge[{MARK} {plain(PITFALLS[name].label)}: {state}]"
    if change.path == MYSTERY_PATH:
        return f":orange-badge[{MARK} {plain(cause_text(change))}]"
    return f":blue-badge[{plain(cause_text(change))}]"
