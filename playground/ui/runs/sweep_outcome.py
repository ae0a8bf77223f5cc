"""What came of a group of runs: a picture over one or two of its settings, and the best run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from playground.analysis.comparison import CHANCE, ComparedRun, differing_settings
from playground.analysis.groups import best_group, groups_with
from playground.analysis.seeds import SeedGroup
from playground.analysis.selection import best_run, best_text, rivals_text
from playground.charts.outcomes import heat_map
from playground.charts.specs import spec
from playground.charts.sweeps import sweep_chart
from playground.experiment.fields import title
from playground.frames.sweep import sweep_frame, sweep_points
from playground.service.answers import answers_of
from playground.ui.chart_files import draw_chart_files
from playground.ui.plain import plain
from playground.ui.run_choice import SWEEP_GROUP
from playground.ui.runs.group_view import draw_whiskers
from playground.ui.runs.run_actions import open_run
from playground.ui.runs.seed_view import spread_text
from playground.ui.session import Session

_DECIDING = ["x", "y", "x_order", "y_order", "x_title", "y_title"]
_PLACES = ["x", "x_order", "x_value", "x_title", "scale"]
OUTCOME_ALT = "Heat map: best validation accuracy for each combination of a sweep's settings."
POINTS_ALT = "Chart: best validation accuracy for each value of a sweep's setting."


def draw_sweep_outcome(
    current: Session, runs: Sequence[ComparedRun], groups: Sequence[str]
) -> None:
    """Draw the outcome of one of these groups of runs, to be chosen; that of the first one."""
    if not groups:
        return
    st.markdown("##### Outcome")
    group: str = st.selectbox(
        "Group of runs", groups, key=SWEEP_GROUP.name, persist_state="session"
    )
    members = [run for run in runs if run.group == group]
    groups_of_seeds = groups_with(members, runs)
    _draw_best(current, members, groups_of_seeds)
    swept = [row.path for row in differing_settings(members) if row.path not in CHANCE]
    if len(swept) < 2:
        for seeds in groups_of_seeds if not swept else []:
            st.markdown(plain(spread_text(seeds)))
        _draw_points(sweep_points(members, swept[0] if swept else "", runs))
        return
    x_path, y_path = _draw_axes(swept) if len(swept) > 2 else swept
    frame = sweep_frame(members, x_path, y_path, runs)
    st.vega_lite_chart(frame, heat_map_spec(frame), key="heat-map", alt=OUTCOME_ALT)
    draw_chart_files("sweep", lambda: heat_map(frame))
    draw_whiskers(groups_of_seeds)


def _draw_points(frame: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        has_whiskers = bool(frame["low"].notna().any())
        words = (
            "Large dots are means over seeds, small ones their runs; a whisker is one standard "
            "deviation wide to either side."
            if has_whiskers
            else "A dot is one run: with several seeds of each, whiskers show what is chance."
        )
        st.caption(words, width="stretch")
        is_zoomed = st.toggle(
            "Zoom",
            key="sweep-zoom",
            help="The axis of accuracies as far as what is drawn lies apart, not 0 to 100 %.",
            persist_state="session",
        )
    points = tuple(frame[_PLACES].itertuples(index=False, name=None))
    has_room = is_zoomed and bool(frame["accuracy"].notna().any())
    st.vega_lite_chart(frame, _points_spec(points, has_room), key="sweep-points", alt=POINTS_ALT)
    draw_chart_files("sweep", lambda: sweep_chart(frame, is_zoomed))


@lru_cache(maxsize=64)
def _points_spec(points: tuple[tuple[Any, ...], ...], is_zoomed: bool) -> dict[str, Any]:
    frame = pd.DataFrame(list(points), columns=_PLACES)
    return spec(sweep_chart(frame.assign(accuracy=0.5), is_zoomed))


def _draw_best(
    current: Session, members: Sequence[ComparedRun], groups: Sequence[SeedGroup]
) -> None:
    open_ones = sum(run.may_improve for run in members)
    failed = sum(run.status == "failed" for run in members)
    words = []
    best = best_group(groups)
    # Of seeds alone none is the best: their spread is told below.
    is_choice = best is not None and (len(groups) > 1 or len(best.runs) == 1)
    if best and is_choice:
        words.append(best_text(best, groups, is_final=not open_ones))
        words.append(_rivals(best, groups))
    if open_ones:
        words.append(f"{open_ones} of {len(members)} runs are under way or waiting.")
    if failed:
        words.append(f"{failed} of {len(members)} failed.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            plain(" ".join(filter(None, words)) if best else "No run of this group has an epoch."),
            width="content",
        )
        if (
            best
            and is_choice
            and st.button("Open the best", key="open-best", icon=":material/star:", type="tertiary")
        ):
            open_run(current, best_run(best).run_id)


def _rivals(best: SeedGroup, groups: Sequence[SeedGroup]) -> str:
    """Return from which others chance keeps the best apart, where each setting ran once."""
    runs = [group.runs[0] for group in groups if group.runs[0].best]
    if len(runs) < 2 or any(len(group.runs) > 1 for group in groups):
        return ""
    answers = answers_of(runs)
    return rivals_text(answers, runs.index(best.runs[0])) if answers else ""


def _draw_axes(swept: Sequence[str]) -> tuple[str, str]:
    # The right end stays free: there the chart's own buttons appear under the pointer.
    left, right, _ = st.columns([3, 3, 2], gap="medium")
    with left:
        x_path: str = st.selectbox(
            "Across", swept, format_func=title, key="heat-map-x", persist_state="session"
        )
    rest = [path for path in swept if path != x_path]
    with right:
        y_path: str = st.selectbox(
            "Down",
            rest,
            format_func=title,
            key="heat-map-y",
            persist_state="session",
            help="Of the settings that are neither across nor down, each cell shows the best.",
        )
    return x_path, y_path


def heat_map_spec(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the specification of a heat map, which its settings and little more decide."""
    cells = tuple(frame[_DECIDING].itertuples(index=False, name=None))
    return _heat_map_spec(cells, int(frame["accuracy"].nunique()) > 1)


@lru_cache(maxsize=64)
def _heat_map_spec(cells: tuple[tuple[Any, ...], ...], has_legend: bool) -> dict[str, Any]:
    frame = pd.DataFrame(list(cells), columns=_DECIDING)
    # Two values or one: only whether there is a range to explain matters here.
    frame["accuracy"] = [float(has_legend and row == 0) for row in range(len(frame))]
    return spec(heat_map(frame))
