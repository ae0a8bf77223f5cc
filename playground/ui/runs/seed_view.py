"""The seed ruler: a run repeated with other seeds, and what of a difference is chance."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.groups import group_of, groups_with, seeds_text
from playground.analysis.metrics import ACCURACY
from playground.analysis.seeds import (
    FEWEST,
    SeedGroup,
    compare_seeds,
    seed_experiments,
    seed_statistics,
)
from playground.analysis.wording import counted, percent_text
from playground.experiment import Experiment
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.session import Session

COUNTS = (3, 5)


def draw_seed_ruler(current: Session, runs: Sequence[ComparedRun], run: ComparedRun) -> None:
    """Draw how far the seeds of a run lie apart, and what adds more of them."""
    st.markdown("##### Seed ruler")
    group = group_of(run, groups_with([run], runs))
    st.markdown(plain(spread_text(group)))
    existing = [each.experiment for each in runs]
    with st.container(horizontal=True, gap="small"):
        for count in COUNTS:
            copies = seed_experiments(run.experiment, count, existing)
            st.button(
                f"Repeat with {count} seeds",
                key=f"seeds-{count}",
                icon=":material/casino:",
                disabled=not copies,
                on_click=_repeat,
                args=(current, run, copies, count),
                help=f"Starts {counted(len(copies), 'run')} with the same settings and the next "
                "seeds."
                if copies
                else f"There are runs of all {count} seeds.",
            )


def draw_seed_comparisons(
    groups: Sequence[SeedGroup], baseline: ComparedRun, metric: str = ACCURACY
) -> None:
    """Draw for each group of seeds a sentence on how far by this metric it is from the baseline."""
    mine = group_of(baseline, groups)
    others = [group for group in groups if group is not mine]
    if not others:
        return
    st.markdown(f"##### Compared with {plain(mine.name)}, over seeds")
    for group in others:
        st.markdown(
            f"**{plain(group.name)}** · {plain(compare_seeds(mine, group, metric).sentence)}"
        )


def spread_text(group: SeedGroup) -> str:
    """Return how far the seeds of one group lie apart, in a sentence."""
    numbers = seed_statistics(group.runs)
    empty = len(group.runs) - (numbers.count if numbers else 0)
    more = f" {empty} more {'has' if empty == 1 else 'have'} no epoch, and no part in it."
    more = more if empty and numbers else ""
    if numbers is None or numbers.standard_deviation is None:
        return (
            "How much of a result is chance shows when the same settings run with other seeds: "
            f"that takes at least {FEWEST}.{more}"
        )
    deviation, error = numbers.standard_deviation, numbers.standard_error or 0.0
    return (
        f"Best validation accuracy over {seeds_text(group.runs)}: {percent_text(numbers.mean)} on "
        f"average. Standard deviation {100 * deviation:.2f} points: how far single runs lie from "
        f"it. Standard error {100 * error:.2f} points: how far it lies from the average over very "
        f"many seeds.{more}"
    )


def _repeat(current: Session, run: ComparedRun, copies: Sequence[Experiment], count: int) -> None:
    name = run.unmarked or run.name

    def submit() -> None:
        for experiment in copies:
            service().submit(
                experiment,
                owner=current.owner,
                name=f"{name}, seed {experiment.training.seed}",
                group=f"{name}: {count} seeds",
            )

    try_and_tell(current.choice, submit)
