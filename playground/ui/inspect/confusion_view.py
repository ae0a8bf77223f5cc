"""Confusion: which class is taken for which, since when, and the images behind each number."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from playground.analysis.confusion import class_scores, confused_pairs
from playground.charts.inspection import (
    CELL,
    MOST_NUMBERED,
    class_accuracy_chart,
    confusion_chart,
)
from playground.charts.specs import kept_spec
from playground.frames.inspection import (
    MEASURES,
    class_accuracy_frame,
    confusion_frame,
    scores_frame,
)
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import SAID, TRUTH, Look, keep_within
from playground.ui.plain import plain
from playground.ui.state import Key

_MOST_PAIRS = 6
_MATRIX: Key[Any] = Key("inspect-matrix")
_HELP = (
    "Counts: images. Row %: of the images of the true class. Column %: of those taken for a class. "
    "Red cells are confused, blue-green ones right; each kind has a shade of its own."
)


def draw_confusion(look: Look) -> None:
    """Draw matrix, pairs and images; and below what each class has of precision and recall."""
    keep_within(TRUTH, range(look.whole.classes))
    keep_within(SAID, range(look.whole.classes))
    counts = look.counts[-1]
    left, right = st.columns([6, 5], gap="large")
    with left:
        measure = st.segmented_control(
            "Numbers", MEASURES, default=MEASURES[0], required=True, key="inspect-measure",
            help=_HELP, persist_state="session",
        )  # fmt: skip
        cell = _cell()
        st.vega_lite_chart(
            confusion_frame(counts, look.names, measure, cell),
            kept_spec(confusion_chart, look.names),
            key=_MATRIX.name,
            on_select=_take_click,
            selection_mode=CELL,
            alt="Confusion matrix: true classes down, what they were taken for across.",
        )
        if look.whole.classes > MOST_NUMBERED:
            st.caption("The pointer reads the number of a cell.")
    with right:
        _draw_pairs(look)
    _draw_cell(look)
    draw_closely(look)
    _draw_classes(look)


def _cell() -> tuple[int, int] | None:
    """Return the cell that is chosen, true class first; None without both."""
    truth, said = TRUTH.get(), SAID.get()
    return None if truth is None or said is None else (truth, said)


def _take_click() -> None:
    """Choose the cell that was clicked; where none was, the choice stands."""
    state = _MATRIX.get()
    for point in (state or {}).get("selection", {}).get(CELL, []):
        choose_cell(int(point["truth_number"]), int(point["said_number"]))


def choose_cell(truth: int, said: int) -> None:
    """Show the images of class `truth` that were taken for `said`."""
    TRUTH.set(truth)
    SAID.set(said)


def _draw_pairs(look: Look) -> None:
    st.markdown("##### Most confused")
    pairs = confused_pairs(look.counts, look.answers.epochs, _MOST_PAIRS)
    if not pairs:
        st.write("Not one image is taken for another class.")
    for number, pair in enumerate(pairs):
        truth, said = look.names[pair.truth], look.names[pair.said]
        times = "once" if pair.count == 1 else f"{pair.count:,} times"
        is_first = pair.since == look.answers.epochs[0]
        start = "in every stored epoch" if pair.since else "from the start"
        since = start if is_first else f"since epoch {pair.since}"
        st.button(
            plain(f"{truth} taken for {said}: {times}, {since}"),
            key=f"inspect-pair-{number}",
            type="tertiary",
            on_click=choose_cell,
            args=(pair.truth, pair.said),
        )
    st.caption(
        "“Since” is the first epoch from which on it was at least half as often as now. Press a "
        "sentence or a cell, or choose two classes, to see the images."
    )
    options = list(range(look.whole.classes))
    left, right = st.columns(2)
    choice: dict[str, Any] = {
        "index": None, "format_func": look.names.__getitem__, "persist_state": "session",
    }  # fmt: skip
    left.selectbox("True class", options, key=TRUTH.name, placeholder="any", **choice)
    right.selectbox("Taken for", options, key=SAID.name, placeholder="any", **choice)


def _draw_cell(look: Look) -> None:
    truth, said = TRUTH.get(), SAID.get()
    if truth is None and said is None:
        return
    found = np.ones(len(look.data.labels), dtype=bool)
    words = []
    if truth is not None:
        found &= look.data.labels == truth
        words.append(look.names[truth])
    else:
        words.append("Any class")
    if said is not None:
        found &= look.answers.said[-1] == said
        words.append(f"taken for {look.names[said]}")
    positions = np.flatnonzero(found)
    order = np.argsort(look.answers.given[-1, positions], kind="stable")
    draw_images(look, " ".join(words), positions[order], "cell")


def _draw_classes(look: Look) -> None:
    st.markdown("##### Each class")
    left, right = st.columns([6, 5], gap="medium")
    with left:
        percent = st.column_config.NumberColumn(format="%.1f %%")
        st.dataframe(
            scores_frame(class_scores(look.counts[-1]), look.names),
            hide_index=True,
            height=290,
            column_config=dict.fromkeys(("Precision", "Recall", "F1"), percent),
            key="inspect-scores",
            alt="Table: precision, recall, F1 and number of images of each class.",
        )
        st.caption(
            "Precision: of the images taken for the class, how many are of it. Recall: of its "
            "images, how many are recognized. F1: their harmonic mean. Empty: nothing to divide."
        )
    with right:
        st.vega_lite_chart(
            class_accuracy_frame(look.all_counts, look.whole.epochs, look.names, look.chosen),
            kept_spec(class_accuracy_chart),
            key="inspect-class-chart",
            alt="Line chart: the accuracy of each class over the epochs.",
        )
        if look.chosen is None:
            st.caption("Choose a class above to see its line stand out.")
