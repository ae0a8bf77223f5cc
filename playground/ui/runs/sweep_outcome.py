"""What came of a group of runs: a heat map over two of its settings, and the best run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from playground.analysis.comparison import SEED, ComparedRun, differing_settings
from playground.analysis.seeds import seed_groups
from playground.analysis.wording import percent_text
from playground.charts.outcomes import heat_map
from playground.charts.specs import spec
from playground.experiment.fields import title
from playground.frames.sweep import sweep_frame
from playground.ui.chart_files import draw_chart_files
from playground.ui.plain import plain
from playground.ui.run_choice import SWEEP_GROUP
from playground.ui.runs.compared_runs import groups_of
from playground.ui.runs.run_actions import open_run
from playground.ui.runs.seed_view import spread_text
from playground.ui.session import Session

_DECIDING = ["x", "y", "x_order", "y_order", "x_title", "y_title"]
OUTCOME_ALT = "Heat map: best validation accuracy for each combination of a sweep's settings."


def draw_sweep_outcome(current: Session, runs: Sequence[ComparedRun]) -> None:
    """Draw the outcome of a group, to be chosen; the newest at first."""
    groups = groups_of(runs)
    if not groups:
        return
    st.markdown("##### Outcome")
    group: str = st.selectbox(
        "Group of runs", groups, key=SWEEP_GROUP.name, persist_state="session"
    )
    members = [run for run in runs if run.group == group]
    _draw_best(current, members)
    swept = [row.path for row in differing_settings(members) if row.path != SEED]
    if not swept:
        for seeds in seed_groups(members):
            st.markdown(plain(spread_text(seeds)))
        return
    x_path, y_path = swept[0], swept[1] if len(swept) > 1 else None
    if len(swept) > 2:
        x_path, y_path = _draw_axes(swept)
    frame = sweep_frame(members, x_path, y_path)
    st.vega_lite_chart(frame, heat_map_spec(frame), key="heat-map", alt=OUTCOME_ALT)
    draw_chart_files("sweep", lambda: heat_map(frame))


def best_text(run: ComparedRun, is_final: bool) -> str:
    """Return which run of a group is the best, and how good it is."""
    assert run.best is not None
    so_far = "" if is_final else " so far"
    return (
        f"The best{so_far} is {run.name}: {percent_text(run.best.validation_accuracy)} validation "
        f"accuracy in epoch {run.best.epoch}."
    )


def _draw_best(current: Session, members: Sequence[ComparedRun]) -> None:
    rated = [run for run in members if run.best]
    open_ones = sum(run.may_improve for run in members)
    failed = sum(run.status == "failed" for run in members)
    words = []
    best = max(rated, key=lambda run: run.best.validation_accuracy if run.best else 0, default=None)
    if best:
        words.append(best_text(best, is_final=not open_ones))
    if open_ones:
        words.append(f"{open_ones} of {len(members)} runs are under way or waiting.")
    if failed:
        words.append(f"{failed} of {len(members)} failed.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(plain(" ".join(words) or "No run of this group has an epoch."), width="content")
        if best and st.button(
            "Open the best", key="open-best", icon=":material/star:", type="tertiary"
        ):
            open_run(current, best.run_id)


def _draw_axes(swept: Sequence[str]) -> tuple[str, str]:
    left, right = st.columns(2, gap="medium")
    with left:
        x_path: str = st.selectbox("Across", swept, format_func=title, key="heat-map-x")
    rest = [path for path in swept if path != x_path]
    with right:
        y_path: str = st.selectbox(
            "Down",
            rest,
            format_func=title,
            key="heat-map-y",
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
