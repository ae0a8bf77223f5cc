"""The sweep builder: lists of values, and the runs of every combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.sweep_values import (
    check_values,
    example,
    is_list,
    options,
    parse_list,
    sweepable,
)
from playground.analysis.sweeps import MOST_RUNS, combination_text, expand, sweep_name
from playground.analysis.wording import counted, labels, value_text
from playground.errors import InvalidExperiment
from playground.experiment import Experiment
from playground.experiment.fields import description, heading, title
from playground.service import service
from playground.ui.notices import try_and_tell
from playground.ui.plain import plain
from playground.ui.run_choice import SWEEP, SWEEP_GROUP, VIEW
from playground.ui.runs.compared_runs import default_name, groups_of
from playground.ui.session import Session
from playground.ui.state import Key

_NAME: Key[str] = Key("sweep-name")
_FIRST: Key[str] = Key("sweep-setting-1")
_SECOND: Key[str] = Key("sweep-setting-2")

Lists = Mapping[str, Sequence[Any]]


def draw_sweep_builder(current: Session, runs: Sequence[ComparedRun]) -> None:
    """Draw the lists to fill in, how many runs they make, and what starts them."""
    st.markdown("##### New sweep")
    st.caption(
        f"Choose one setting or two, and several values of each: every combination becomes a run, "
        f"at most {MOST_RUNS}. All else is as in the sidebar: "
        f"{plain(default_name(current.draft))}, "
        f"{counted(current.draft.training.epochs, 'epoch')}."
    )
    _draw_lists(current.draft)
    try:
        lists = _read_lists()
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
            args=(current, groups_of(runs)),
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


def _draw_lists(draft: Experiment) -> None:
    """Draw the two settings to choose, each with a field for its values."""
    _FIRST.get_or_set(sweepable()[0])
    left, right = st.columns(2, gap="medium")
    with left:
        first: str = st.selectbox(
            "First setting",
            sweepable(),
            format_func=heading,
            key=_FIRST.name,
            persist_state="session",
        )
        _draw_list(first, draft)
    with right:
        second: str | None = st.selectbox(
            "Second setting, if you like",
            [path for path in sweepable() if path != first],
            index=None,
            placeholder="none",
            format_func=heading,
            key=_SECOND.name,
            persist_state="session",
        )
        if second:
            _draw_list(second, draft)


def _read_lists() -> dict[str, list[Any]]:
    """Return the lists that are filled of the settings chosen.

    Raises `InvalidExperiment` with a sentence for each field that holds no list.
    """
    problems = []
    lists: dict[str, list[Any]] = {}
    for path in dict.fromkeys(filter(None, (_FIRST.get(), _SECOND.get()))):
        found = _list_key(path).get() or ""
        try:
            if isinstance(found, str) and found.strip():
                lists[path] = parse_list(path, found)
            elif not isinstance(found, str):
                check_values(path, found)  # a browser sends what it likes
                lists[path] = found
        except InvalidExperiment as error:
            problems.append(str(error))
    if problems:
        raise InvalidExperiment(" ".join(problems))
    return lists


def _list_key(path: str) -> Key[str | list[Any]]:
    return Key(f"sweep-{path}")


def _draw_list(path: str, draft: Experiment) -> None:
    label, now = f"Values of {title(path)}", value_text(path, draft.get(path))
    if values := options(path):
        st.multiselect(
            label,
            values,
            format_func=lambda value: value_text(path, value),
            key=_list_key(path).name,
            placeholder=f"as in the sidebar: {now}",
            help=description(path),
            persist_state="session",
        )
        return
    between = "semicolons, as each is a list itself" if is_list(path) else "commas or blanks"
    st.text_input(
        label,
        key=_list_key(path).name,
        max_chars=1000,
        placeholder=f"{now}   (several: {example(path)})",
        help=f"{description(path)} Values are separated by {between}.",
        persist_state="session",
    )


def _start(current: Session, taken: Sequence[str]) -> None:
    """Start what the fields hold now: the button may be pressed before it is counted anew."""
    experiments: tuple[Experiment, ...] = ()
    started: list[str] = []
    group = ""

    def start() -> None:
        nonlocal experiments, group
        current.take_typed()
        lists = _read_lists()
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
