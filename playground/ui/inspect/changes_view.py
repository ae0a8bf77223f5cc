"""What changed: between two epochs, or two runs, the images that were fixed and that broke."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.analysis.answer_changes import CHANGES, Change, changes, changes_text
from playground.analysis.stored_answers import Flags
from playground.service import service
from playground.service.stored_answers import stored_answers
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look, keep_within
from playground.ui.plain import plain
from playground.ui.runs.compared_runs import compared_runs
from playground.ui.state import Key

_WHICH: Key[Change] = Key("inspect-change")
_TABLE: tuple[tuple[Change, Change], ...] = (
    ("fixed", "still wrong"),
    ("still right", "newly broken"),
)
_MEANING: dict[Change, str] = {
    "fixed": "Wrong before, right now.",
    "newly broken": "Right before, wrong now.",
    "still wrong": "Wrong before and now.",
    "still right": "Right before and now.",
}
_EPOCHS, _RUNS = "another epoch", "another run"


def draw_changes(look: Look) -> None:
    """Draw the choice of what to compare with, the four numbers, and the images behind one."""
    kind = st.segmented_control(
        "Compare with", [_EPOCHS, _RUNS], default=_EPOCHS, required=True, key="inspect-against",
        persist_state="session",
    )  # fmt: skip
    before = _earlier(look) if kind == _EPOCHS else _other_run(look)
    if before is None:
        return
    chosen = look.of_class(np.arange(len(before)))
    st.write(plain(changes_text(before[chosen], look.right[chosen])))
    if kind == _RUNS:
        st.caption(
            "This is about these two networks: runs with other seeds differ too. What a change of "
            "settings does shows over several seeds, on the Runs page."
        )
    found = {
        name: chosen[images] for name, images in changes(before[chosen], look.right[chosen]).items()
    }
    _draw_table(found)
    which = _WHICH.get() or CHANGES[0]
    draw_images(look, which.capitalize(), found[which], "changes")
    draw_closely(look)


def _draw_table(found: dict[Change, np.ndarray]) -> None:
    shown = _WHICH.get() or CHANGES[0]
    for row in _TABLE:
        for column, change in zip(st.columns(2), row, strict=True):
            column.button(
                f"{change}: {len(found[change]):,}",
                key=f"inspect-change-{change.replace(' ', '-')}",
                help=_MEANING[change],
                type="primary" if change == shown else "secondary",
                width="stretch",
                on_click=_WHICH.set,
                args=(change,),
            )


def _earlier(look: Look) -> Flags | None:
    """Draw the choice of the other epoch; return what was right after it."""
    others = [epoch for epoch in look.whole.epochs if epoch != look.epoch]
    if not others:
        st.write("Only one epoch is stored so far: there is nothing to compare it with.")
        return None
    keep_within(Key("inspect-before"), others)
    first = next((place for place, epoch in enumerate(others) if epoch), 0)
    epoch = st.selectbox(
        f"Before; now is epoch {look.epoch}", others, index=first, key="inspect-before", width=320,
        persist_state="session",
        format_func=lambda epoch: f"epoch {epoch}" if epoch else "epoch 0, untrained",
    )  # fmt: skip
    right: Flags = look.whole.right[look.whole.place(epoch)]
    return right


def _other_run(look: Look) -> Flags | None:
    """Draw the choice of a run that has the same validation images; return what it has right."""
    known = service().runs(deleted=True)
    deleted = [run for run in known if run.info.deleted_at is not None]
    stored = [run for run in known if run.info.deleted_at is None]
    runs = [  # named as on the Runs page
        run
        for run in compared_runs(stored, deleted=deleted)
        if run.run_id != look.run_id and run.epochs and run.validation_key == look.validation_key
    ]
    if not runs:
        st.write("No other run has the same validation images.")
        return None
    names = {run.run_id: run.name for run in runs}
    keep_within(Key("inspect-other"), names)
    left, right = st.columns(2)
    other = left.selectbox(
        "Before: the run", list(names), format_func=names.__getitem__, key="inspect-other",
        persist_state="session",
        help="Runs with the same validation images, the newest first. Now is the run of this page.",
    )  # fmt: skip
    last = {run.run_id: run.epochs[-1].epoch for run in runs}[other]
    answers = stored_answers(other, look.validation_key, last)
    if answers is None:
        st.write("No predictions of that run are kept.")
        return None
    keep_within(Key(f"inspect-other-epoch-{other}"), answers.epochs)
    epoch = right.selectbox(
        f"Its epoch; now is epoch {look.epoch}", _newest_first(answers.epochs),
        key=f"inspect-other-epoch-{other}",
        persist_state="session",
    )  # fmt: skip
    found: Flags = answers.right[answers.place(epoch)]
    return found


def _newest_first(epochs: Sequence[int]) -> list[int]:
    return list(reversed(epochs))
