"""The ticked runs side by side: curves, sentences, the settings that differ, what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from playground.analysis.comparison import ComparedRun, differing_settings
from playground.analysis.groups import groups_with
from playground.analysis.seeds import FEWEST, SeedGroup
from playground.analysis.wording import percent_text
from playground.charts.comparison import band_chart, curves_chart, slots
from playground.charts.specs import spec
from playground.experiment.fields import capitalized, heading
from playground.frames.comparison import BOTH, CURVES, MOST_CURVES, bands_frame, curves_frame
from playground.ui.chart_files import draw_chart_files
from playground.ui.plain import plain
from playground.ui.runs.cost_view import draw_costs
from playground.ui.runs.group_view import draw_whiskers
from playground.ui.runs.pair_view import draw_pairs
from playground.ui.runs.seed_view import draw_seed_comparisons, draw_seed_ruler
from playground.ui.session import Session

CURVES_ALT = "Line chart: one metric of the ticked runs over the epochs."

_MOST_NAMED = 4
_EACH = "Each run"
_MEAN = "Mean over seeds"


def draw_comparison(
    current: Session, runs: Sequence[ComparedRun], chosen: Sequence[ComparedRun]
) -> None:
    """Draw what the ticked runs have in common and what not, or how to tick some."""
    if not chosen:
        st.caption(
            f"Tick up to {MOST_CURVES} runs in the first column of the table: their curves, the "
            "settings in which they differ and what came of it appear here."
        )
        return
    # In the order they were started, so that a star or a new run changes no colour.
    ordered = sorted(chosen, key=lambda run: run.created_at)
    shown, left_out = ordered[-MOST_CURVES:], ordered[:-MOST_CURVES]
    if left_out:
        st.caption(plain(left_out_text(left_out)))
    groups = _groups(runs, shown)
    metric, baseline, has_bands = _draw_choices(shown, groups)
    if has_bands:
        frame = bands_frame(groups, baseline.run_id, metric)
    else:
        frame = curves_frame(shown, baseline.run_id, metric)
    _draw_curves(frame, metric, has_bands)
    judged = f"validation_{metric}" if metric in BOTH else metric
    if len(shown) == 1:
        draw_seed_ruler(current, runs, baseline)
        draw_whiskers(groups)
        st.caption("Tick a second run to see in what they differ, and what came of it.")
        return
    if has_bands:
        draw_seed_comparisons(groups, baseline, judged)
        draw_whiskers(groups)
    else:
        draw_pairs(current, runs, shown, baseline, judged)
    _draw_settings(shown, baseline)
    draw_costs(shown, baseline.run_id)


def left_out_text(runs: Sequence[ComparedRun]) -> str:
    """Return which of the ticked runs are not drawn, because more than eight are ticked."""
    names = ", ".join(run.name for run in runs[:_MOST_NAMED])
    more = f" and {len(runs) - _MOST_NAMED} more" if len(runs) > _MOST_NAMED else ""
    return (
        f"{len(runs) + MOST_CURVES} runs are ticked, and {MOST_CURVES} can be told apart in one "
        f"picture: the newest are drawn, and not {names}{more}."
    )


def _groups(runs: Sequence[ComparedRun], shown: Sequence[ComparedRun]) -> list[SeedGroup]:
    """Return the groups of seeds of the runs shown, with all the seeds there are of each."""
    return groups_with(shown, runs)[:MOST_CURVES]


def _draw_choices(
    shown: Sequence[ComparedRun], groups: Sequence[SeedGroup]
) -> tuple[str, ComparedRun, bool]:
    """Draw what to compare by, with which run, and run by run or over seeds."""
    left, middle, right = st.columns([3, 4, 4], vertical_alignment="bottom", gap="medium")
    with left:
        metric: str = st.selectbox(
            "Metric",
            list(CURVES),
            format_func=lambda name: capitalized(CURVES[name]),
            key="runs-metric",
            persist_state="session",
        )
    by_id = {run.run_id: run for run in shown}
    with middle:
        baseline_id: str = st.selectbox(
            "Baseline",
            list(by_id),
            format_func=lambda run_id: by_id[run_id].name,
            key="runs-baseline",
            persist_state="session",
            help="The run that the others are compared with: the thick line.",
            disabled=len(shown) == 1,
        )
    has_seeds = any(len(group.runs) >= FEWEST for group in groups)
    how = _EACH
    if has_seeds and metric not in BOTH:
        with right:
            how = st.segmented_control(
                "Draw",
                [_MEAN, _EACH],
                default=_MEAN,
                required=True,
                key="runs-draw",
                help="The mean of all runs that differ in the seed alone, ticked or not; the band "
                "is one standard deviation wide to either side.",
                persist_state="session",
            )
    return metric, by_id[baseline_id], has_seeds and metric not in BOTH and how == _MEAN


def _draw_curves(frame: pd.DataFrame, metric: str, has_bands: bool) -> None:
    is_other = _draw_axis(metric) and bool(frame["value"].notna().any())
    names = tuple(slots(frame).items())
    planned, chance = int(frame["planned"].max()), float(frame["chance"].max())
    st.vega_lite_chart(
        frame,
        curves_spec(metric, has_bands, planned, chance, names, is_other),
        key="curves-chart",
        alt=CURVES_ALT,
    )
    if above := "" if is_other else above_text(frame):
        st.caption(plain(above))
    build = band_chart if has_bands else curves_chart
    draw_chart_files("curves", lambda: build(frame, metric, is_other))


def _draw_axis(metric: str) -> bool:
    """Draw which axis the metric has; return whether it is the one that is not the usual."""
    axes = ["0 to 100 %", "zoom"] if metric.endswith("accuracy") else ["linear", "log"]
    chosen: str = st.segmented_control(
        "Axis",
        axes,
        default=axes[0],
        required=True,
        key=f"runs-axis-{axes[1]}",
        label_visibility="collapsed",
        help="A linear axis begins at 0, and zoom shows only the part of it where the lines are.",
        persist_state="session",
    )
    return chosen == axes[1]


def above_text(frame: pd.DataFrame) -> str:
    """Return which runs of a `curves_frame` leave a linear axis, and how far, or ""."""
    rows = frame[frame["arrow"]].sort_values("value", ascending=False).drop_duplicates("label")
    told = [f"{row.label}, {row.text} in epoch {row.epoch:.0f}" for row in rows.itertuples()]
    return f"▲ above the axis: {'; '.join(told)}." if told else ""


@lru_cache(maxsize=128)
def curves_spec(
    metric: str,
    has_bands: bool,
    planned: int,
    chance: float,
    names: tuple[tuple[int, str], ...],
    is_other: bool = False,
) -> dict[str, Any]:
    """Return the specification of the curves; the same for as long as the runs are the same."""
    rows = [(slot, label, planned, chance) for slot, label in names]
    frame = pd.DataFrame(rows, columns=["slot", "label", "planned", "chance"])
    return spec((band_chart if has_bands else curves_chart)(frame, metric, is_other))


def _draw_settings(shown: Sequence[ComparedRun], baseline: ComparedRun) -> None:
    st.markdown("##### Settings that differ")
    rows = differing_settings(shown)
    are_forked = any(run.origin for run in shown)
    if not rows and not are_forked:
        st.caption("None: these runs have the same settings, the seed included.")
        return
    ordered = sorted(shown, key=lambda run: run.run_id != baseline.run_id)
    places = [shown.index(run) for run in ordered]
    columns: dict[str, list[str]] = {
        "Run": [run.name for run in ordered],
        "Best accuracy": [
            percent_text(run.best.validation_accuracy) if run.best else "–" for run in ordered
        ],
    }
    if are_forked:
        columns["Forked from"] = [run.origin or "–" for run in ordered]
    for row in rows:
        columns[heading(row.path)] = [row.values[place] for place in places]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        key="settings-table",
        alt="Table: the settings in which the ticked runs differ, the baseline first.",
    )
