"""The Runs page: the table of all runs, live, and below it what is chosen in it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.wording import counted
from playground.run.disk import size_text
from playground.run.info import RunInfo, StoredRun
from playground.run.sweeping import limit
from playground.service import service
from playground.service.permission import Person
from playground.ui.pacing import drawing
from playground.ui.plain import plain
from playground.ui.run_choice import (
    COMPARE,
    EVERYBODYS,
    GROUP,
    MINE,
    TABLE,
    VIEW,
    VIEWS,
    WHOSE,
    WHOSE_RUNS,
)
from playground.ui.runs.compared_runs import (
    compared_runs,
    groups_of,
    in_order,
    readable,
)
from playground.ui.runs.comparison_view import draw_comparison
from playground.ui.runs.run_actions import draw_run_actions, draw_undo
from playground.ui.runs.run_table import COLUMNS, table
from playground.ui.runs.sweep_outcome import draw_sweep_outcome
from playground.ui.runs.sweep_view import draw_sweep_builder
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, Key

POLL_SECONDS = 2.0

TABLE_ALT = "Table of the runs: one row each, with settings, results and status."

_FAILURES = 3  # explained at once: a sweep's runs tend to fail for the same reason
_ROWS = 8  # the table is as high as that at most, and scrolls
_ROW_HEIGHT = 35  # pixels, as Streamlit draws them


def draw_runs(current: Session) -> None:
    """Draw the page, looking again on its own for as long as a run is under way."""
    current.choice.polls_every = seconds_to_next_look(service().runs(person=current.person))
    st.fragment(_draw, run_every=current.choice.polls_every, key="runs")(current)


def seconds_to_next_look(stored: Sequence[StoredRun]) -> float | None:
    """Return when to look again at the runs; None where none of them is under way."""
    is_live = any(run.snapshot.status.is_live for run in stored)
    return POLL_SECONDS if is_live else None


@drawing()
def _draw(current: Session) -> None:
    known = service().runs(deleted=True, person=current.person)
    deleted = [run for run in known if run.info.deleted_at is not None]
    stored = in_order(run for run in known if run.info.deleted_at is None)
    # The timer is set by a full run of the page: where it is to change, ask for one.
    if seconds_to_next_look(stored) != current.choice.polls_every:
        st.rerun()
    runs = compared_runs(stored, current.guesses.revealed, deleted)
    infos = {run.info.run_id: run.info for run in stored}
    theirs, shown = _draw_heading(runs, infos, current.person)
    with st.container():  # always there, so that what is below it keeps its place in the page
        _draw_words(current)
    if not runs:
        _draw_nothing_yet()
        draw_sweep_builder(current, runs)
        return
    # Above the table, and for what is ticked in it: the place is kept until that is known.
    actions = st.container()
    # A line between buttons and table: under the pointer, the table's own buttons appear there.
    none = "" if shown else f"No run here is yours: “{EVERYBODYS}” shows those of others. "
    st.caption(f"{none}{_count_text(shown)} {_disk_text(current.owner)}")
    chosen = _draw_table(current, shown, infos)
    with actions:
        draw_run_actions(current, chosen, infos)
    VIEW.get_or_set(COMPARE)  # not as its default: starting a sweep chooses too
    view = _choose("View", VIEWS, VIEW)
    if view == COMPARE:
        reasons = {run.info.run_id: run.snapshot.message for run in stored}
        _draw_failures(chosen, reasons)
        draw_comparison(current, readable(runs), readable(chosen))
    else:
        draw_sweep_builder(current, readable(runs))
        draw_sweep_outcome(current, readable(runs), groups_of(readable(theirs)))


def _draw_heading(
    runs: Sequence[ComparedRun], infos: dict[str, RunInfo], person: Person
) -> tuple[list[ComparedRun], list[ComparedRun]]:
    """Draw the heading, whose runs to show where there are others', and which group of them.

    Returns the runs of those people, and of them those of the group.
    """
    mine = [run for run in runs if person.owns(infos[run.run_id])]
    heading, people, chooser = st.columns([2, 2, 3], vertical_alignment="center")
    heading.subheader("Runs", anchor=False)
    whose: str | None = EVERYBODYS
    if len(mine) < len(runs):
        with people:
            WHOSE.get_or_set(EVERYBODYS)  # not as its default: side by side chooses too
            whose = _choose("Whose runs", WHOSE_RUNS, WHOSE)
    theirs = mine if whose == MINE else list(runs)
    groups = ["", *groups_of(theirs)]
    group = ""
    if len(groups) > 1:
        with chooser:
            group = st.selectbox(
                "Group",
                groups,
                format_func=lambda name: name or "All runs",
                key=GROUP.name,
                label_visibility="collapsed",
                persist_state="session",
            )
    return theirs, [run for run in theirs if group in ("", run.group)]


def _choose(label: str, options: Sequence[str], key: Key[str]) -> str | None:
    chosen: str | None = st.segmented_control(
        label, options, required=True, key=key.name, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return chosen


def _draw_words(current: Session) -> None:
    for warning in (service().problem, service().warning):
        if warning:
            st.warning(plain(warning), icon=":material/warning:")
    if news := service().news:
        st.info(plain(news), icon=":material/info:")
    if current.choice.notice:
        st.warning(plain(current.choice.notice), icon=":material/info:")
    draw_undo(current)


def _draw_failures(chosen: Sequence[ComparedRun], reasons: dict[str, str]) -> None:
    """Draw why those of the ticked runs failed, or cannot be opened, that did."""
    failed = [run for run in chosen if run.status in ("failed", "unreadable")]
    for run in failed[:_FAILURES]:
        words = "failed" if run.status == "failed" else "cannot be opened"
        st.error(plain(f"{run.name} {words}. {reasons[run.run_id]}"), icon=":material/error:")
    if len(failed) > _FAILURES:
        more = len(failed) - _FAILURES
        st.caption(f"{more} more of the ticked runs failed or cannot be opened.")


def _draw_nothing_yet() -> None:
    st.info(
        "There are no runs yet. Every run that is started on the Train page is kept, and can be "
        "compared with others here.",
        icon=":material/compare_arrows:",
    )
    st.page_link(
        TRAIN_PAGE,
        label="Train a first network",
        icon=":material/play_arrow:",
        width="content",
    )


def _count_text(runs: Sequence[ComparedRun]) -> str:
    waiting = sum(run.status == "queued" for run in runs)
    running = sum(run.status == "running" for run in runs)
    parts = [counted(len(runs), "run")]
    parts += [f"{running} under way"] if running else []
    parts += [f"{waiting} waiting"] if waiting else []
    return f"{', '.join(parts)}."


def _disk_text(owner: str) -> str:
    """Return what takes how much of the disk, and of their share of it for who sits here."""
    usage = service().room.usage()
    kinds = [f"{kind} {size_text(size)}" for kind, size in usage.kinds.items() if size]
    used = f"On disk: {size_text(usage.total)} of at most {size_text(limit())}"
    parts = f" ({', '.join(kinds)})" if kinds else ""
    share = service().room.share_text(owner)
    words = (f"{used}{parts}.", share, "A click on the name of a column sorts.")
    return " ".join(filter(None, words))


def _draw_table(
    current: Session, runs: Sequence[ComparedRun], infos: dict[str, RunInfo]
) -> list[ComparedRun]:
    """Draw the table and return the runs ticked in it, in its order."""
    order = [run.run_id for run in runs]
    state = TABLE.get()
    if state is None:  # the page was left meanwhile, and Streamlit has forgotten the ticks
        current.choice.wanted = current.choice.wanted or current.choice.chosen
    else:
        current.choice.take_ticks(state["selection"]["rows"])
    if (ticks := current.choice.ticks(order)) is not None:
        TABLE.set({"selection": {"rows": ticks, "columns": [], "cells": []}})
    st.dataframe(
        table(runs, infos, current.person),
        key=TABLE.name,
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        placeholder="–",
        height=_ROW_HEIGHT * (min(max(len(runs), 1), _ROWS) + 1) + 3,
        column_config=COLUMNS,
        alt=TABLE_ALT,
    )
    by_id = {run.run_id: run for run in runs}
    return [by_id[run_id] for run_id in current.choice.chosen]
