"""The sweep builder: lists of values, and the runs of every combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.sweeps import (
    MOST_RUNS,
    SWEEPABLE,
    combination_text,
    expand,
    parse_list,
    sweep_name,
)
from playground.analysis.wording import counted, labels, value_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.catalog import ARCHITECTURES, OPTIMIZERS
from playground.experiment.fields import heading, title
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.run_choice import SWEEP, SWEEP_GROUP, VIEW
from playground.ui.runs.compared_runs import default_name, groups_of
from playground.ui.session import Session
from playground.ui.state import Key

_NAME: Key[str] = Key("sweep-name")

Lists = Mapping[str, Sequence[Any]]


def draw_sweep_builder(current: Session, runs: Sequence[ComparedRun]) -> None:
    """Draw the lists to fill in, how many runs they make, and what starts them."""
    st.markdown("##### New sweep")
    st.caption(
        f"Write several values for one or more settings: every combination becomes a run, at most "
        f"{MOST_RUNS}. All else is as in the sidebar: {plain(default_name(current.draft))}, "
        f"{counted(current.draft.training.epochs, 'epoch')}."
    )
    shown = _draw_lists(current.draft)
    try:
        lists = _read_lists(shown)
        experiments = plan(current.draft, _frozen(lists)) if lists else ()
    except InvalidExperiment as error:
        st.warning(plain(str(error)), icon=":material/info:")
        lists, experiments = {}, ()
    name = sweep_name(current.draft, lists) if experiments else ""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.text_input(
            "Name of the sweep",
            key=_NAME.name,
            max_chars=80,
            placeholder=name or "made from what is swept",
            persist_state="session",
        )
    with right:
        count = len(experiments)
        st.button(
            f"Start {counted(count, 'run')}" if count else "Start",
            key="start-sweep",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not count or bool(service().problem),
            on_click=_start,
            args=(current, shown, groups_of(runs)),
        )
    st.caption(plain(product_text(lists, len(experiments))))


@lru_cache(maxsize=64)
def plan(
    draft: Experiment, lists: tuple[tuple[str, tuple[Any, ...]], ...]
) -> tuple[Experiment, ...]:
    """Return the experiments of a sweep; raises `InvalidExperiment` as `expand` does."""
    return tuple(expand(draft, dict(lists)))


def product_text(lists: Lists, count: int) -> str:
    """Return how many runs there are and why, such as "3 of learning rate × 2 of … = 6 runs."."""
    if not count:
        return "No value to try is written yet."
    parts = " × ".join(f"{len(values)} of {title(path)}" for path, values in lists.items())
    return f"{parts} = {counted(count, 'run')}."


def _draw_lists(draft: Experiment) -> list[str]:
    """Draw a field for each setting that can be swept here; return their paths."""
    uses = ARCHITECTURES[draft.model.architecture].uses
    paths = [path for path in SWEEPABLE if path != "model.hidden_sizes" or "hidden_sizes" in uses]
    columns = st.columns(2, gap="medium")
    for number, path in enumerate(paths):
        with columns[number % 2]:
            if path == "optimizer.name":
                _draw_optimizers(path)
            else:
                _draw_list(path, draft)
    return paths


def _read_lists(shown: Sequence[str]) -> dict[str, list[Any]]:
    """Return the lists that are filled of those shown.

    Raises `InvalidExperiment` with a sentence for each field that holds no list.
    """
    problems = []
    lists: dict[str, list[Any]] = {}
    for path in shown:
        typed = _list_key(path).get() or ""
        text = typed if isinstance(typed, str) else ", ".join(typed)
        if text.strip():
            try:
                lists[path] = parse_list(path, text)
            except InvalidExperiment as error:
                problems.append(str(error))
    if problems:
        raise InvalidExperiment(" ".join(problems))
    return lists


def _list_key(path: str) -> Key[str | list[str]]:
    return Key(f"sweep-{path}")


def _draw_list(path: str, draft: Experiment) -> None:
    st.text_input(
        heading(path),
        key=_list_key(path).name,
        max_chars=1000,
        placeholder=f"{value_text(path, draft.get(path))}   (several: {SWEEPABLE[path]})",
        help="Lists of sizes are separated by semicolons; none stands for no hidden layer."
        if path == "model.hidden_sizes"
        else "Values are separated by commas or blanks.",
        persist_state="session",
    )


def _draw_optimizers(path: str) -> None:
    st.multiselect(
        heading(path),
        OPTIMIZERS.names,
        format_func=lambda name: OPTIMIZERS[name].label,
        key=_list_key(path).name,
        placeholder="as in the sidebar",
        persist_state="session",
    )


def _start(current: Session, shown: Sequence[str], taken: Sequence[str]) -> None:
    """Start what the fields hold now: the button may be pressed before it is counted anew."""
    experiments: tuple[Experiment, ...] = ()
    started: list[str] = []
    group = ""

    def start() -> None:
        nonlocal experiments, group
        current.take_typed()
        lists = _read_lists(shown)
        if not lists:
            raise InvalidExperiment(product_text(lists, 0))
        experiments = plan(current.draft, _frozen(lists))
        varied = [path for path, values in lists.items() if len(values) > 1] or list(lists)
        own = " ".join((_NAME.get() or "").split())
        group = labels([*taken, own or sweep_name(current.draft, lists)])[-1]
        for experiment in experiments:
            used = [path for path in varied if path not in experiment.unused()]
            name = combination_text({path: experiment.get(path) for path in used})
            started.append(
                service().submit(experiment, owner=current.owner, name=name, group=group)
            )

    if not try_and_tell(current.choice, start) and experiments:
        count = f"{len(started)} of the {len(experiments)} runs were started."
        current.choice.notice = f"{count} {current.choice.notice}"
    if started:
        SWEEP_GROUP.set(group)  # the outcome shows the sweep that was started last
        VIEW.set(SWEEP)  # also where it was started on a page without runs


def _frozen(lists: Lists) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple((path, tuple(values)) for path, values in lists.items())
