"""The table of the runs, by column: what one looks for first is in sight first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from playground.analysis.comparison import ComparedRun
from playground.analysis.estimates import wilson
from playground.analysis.wording import percent, percent_text
from playground.errors import PlaygroundError
from playground.frames.tables import runs_frame
from playground.run.info import RunInfo
from playground.run.seal import openings
from playground.service import service
from playground.service.permission import Person
from playground.ui.runs.compared_runs import status_text


def table(
    runs: Sequence[ComparedRun], infos: Mapping[str, RunInfo], person: Person
) -> pd.DataFrame:
    """Return what the table shows a person, one row per run, columns as in its head."""
    frame = runs_frame(runs)
    whole = pd.DataFrame(
        {
            "★": ["★" if infos[run.run_id].is_starred else "" for run in runs],
            "Run": frame["name"],
            "Best": frame["best_accuracy"].map(percent),
            "When": frame["created"],
            "Owner": [_owner(infos[run.run_id], person) for run in runs],
            "Status": [status_text(run) for run in runs],
            "Test": [_test(run) for run in runs],
            "Changed settings": frame["changed_settings"].replace("", None),
            "Accuracy": frame["sparkline"],
            "Time": frame["seconds"],
            "Epoch": frame["best_epoch"],
            "Parameters": frame["parameters"],
            "Recipe": frame["recipe"],
        }
    )
    # A column that says nothing would only push those behind it out of sight.
    silent = [name for name in ("Test", "Recipe") if not any(whole[name])]
    silent += ["Owner"] * (set(whole["Owner"]) <= {"you"})
    return whole.drop(columns=silent)


def _owner(info: RunInfo, person: Person) -> str:
    if person.owns(info):
        return "you"
    if not info.owner:
        return "the operator"
    return service().people.nickname_of(info.owner) or "somebody"


def _test(run: ComparedRun) -> str:
    """Return the test accuracy of the first look, with its interval; "" while the seal is whole."""
    try:
        first = next(iter(openings(run.run_id)), None)
    except PlaygroundError:  # the piece with the seal tells of what cannot be read
        return ""
    if first is None:
        return ""
    ends = wilson(round(first.test_accuracy * first.images), first.images)
    low, high = (percent_text(end).removesuffix(" %") for end in ends)
    return f"{percent_text(first.test_accuracy)} ({low}–{high})"


COLUMNS = {
    "★": st.column_config.TextColumn(width=30, help="Starred runs come first."),
    "Run": st.column_config.TextColumn(width=208),
    "Best": st.column_config.NumberColumn(
        width=58, format="%.1f %%", help="The best validation accuracy of all epochs so far."
    ),
    "When": st.column_config.DatetimeColumn(
        width=108, format="distance", help="When it was started."
    ),
    "Owner": st.column_config.TextColumn(width=84, help="The nickname of who started it."),
    "Status": st.column_config.TextColumn(width=112),
    "Test": st.column_config.TextColumn(
        width=140,
        help="Accuracy on the test images at the first look, since their seal was opened, with "
        "Wilson's 95 % interval.",
    ),
    "Changed settings": st.column_config.TextColumn(
        width=190, help="What differs from the settings of a first visit."
    ),
    "Accuracy": st.column_config.LineChartColumn(
        width=90, y_min=0.0, y_max=1.0, help="Validation accuracy over the epochs, 0 to 100 %."
    ),
    "Time": st.column_config.NumberColumn(
        width=72, format="%.1f s", help="Seconds of computing, without the turns of other runs."
    ),
    "Epoch": st.column_config.NumberColumn(width=60, help="The epoch of the best accuracy."),
    "Parameters": st.column_config.NumberColumn(
        width=92, format="localized", help="Numbers that the network learns."
    ),
    "Recipe": st.column_config.TextColumn(
        width=140, help="The recipe it was started from; “based on” where settings differ."
    ),
}
