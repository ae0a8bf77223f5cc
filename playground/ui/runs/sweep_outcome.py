"""What came of a group of runs: a heat map over two of its settings, and the best run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from playground.analysis.comparison import SEED, ComparedRun, differing_settings
from playground.analysis.groups import best_group, groups_with, seeds_text
from playground.analysis.seeds import SeedGroup, seed_statistics
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
    groups_of_seeds = groups_with(members, runs)
    _draw_best(current, members, groups_of_seeds)
    swept = [row.path for row in differing_settings(members) if row.path != SEED]
    if not swept:
        for seeds in groups_of_seeds:
            st.markdown(plain(spread_text(seeds)))
        return
    x_path, y_path = swept[0], swept[1] if len(swept) > 1 else None
    if len(swept) > 2:
        x_path, y_path = _draw_axes(swept)
    frame = sweep_frame(members, x_path, y_path, runs)
    st.vega_lite_chart(frame, heat_map_spec(frame), key="heat-map", alt=OUTCOME_ALT)
    draw_chart_files("sweep", lambda: heat_map(frame))


def best_text(best: SeedGroup, groups: Sequence[SeedGroup], is_final: bool) -> str:
    """Return which of the groups of seeds is the best, and how good it is; ties are told."""
    numbers = seed_statistics(best.runs)
    assert numbers is not None
    run = best_run(best)
    name = run.name if numbers.count == 1 else best.name
    how = (
        f"validation accuracy on average over {seeds_text(best.runs)}"
        if numbers.count > 1
        else f"validation accuracy in epoch {run.best.epoch if run.best else 0}"
    )
    equal = sum(
        other is not best and other_numbers.mean == numbers.mean
        for other in groups
        if (other_numbers := seed_statistics(other.runs))
    )
    tie = f" {equal} more {'has' if equal == 1 else 'have'} the same accuracy." if equal else ""
    so_far = "" if is_final else " so far"
    return f"The best{so_far} is {name}: {percent_text(numbers.mean)} {how}.{tie}"


def best_run(group: SeedGroup) -> ComparedRun:
    """Return the seed of the highest accuracy, of equal ones the lowest."""
    return max(group.runs, key=lambda run: run.best.validation_accuracy if run.best else -1.0)


def _draw_best(
    current: Session, members: Sequence[ComparedRun], groups: Sequence[SeedGroup]
) -> None:
    open_ones = sum(run.may_improve for run in members)
    failed = sum(run.status == "failed" for run in members)
    words = []
    best = best_group(groups)
    if best and (len(groups) > 1 or len(best.runs) == 1):  # else its spread is told below
        words.append(best_text(best, groups, is_final=not open_ones))
    if open_ones:
        words.append(f"{open_ones} of {len(members)} runs are under way or waiting.")
    if failed:
        words.append(f"{failed} of {len(members)} failed.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(plain(" ".join(words) or "No run of this group has an epoch."), width="content")
        if best and st.button(
            "Open the best", key="open-best", icon=":material/star:", type="tertiary"
        ):
            open_run(current, best_run(best).run_id)


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
