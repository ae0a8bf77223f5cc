"""Specs: charts as specifications that a live page keeps while only their rows change.

A live page draws with `st.vega_lite_chart(frame, loss_spec(epochs, classes), alt=LOSS_ALT)`.
The alternative text stays the same while a run trains: Streamlit builds a chart anew, and it
blinks, when anything but its rows changes. `history_alt` has the numbers, for a text beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import altair as alt

from playground.analysis.wording import percent_text
from playground.charts.history import accuracy_chart, loss_chart
from playground.charts.steps import steps_chart
from playground.frames.history import history_frame
from playground.frames.losses import loss_text
from playground.run.records import EpochRecord, best_by_accuracy

LOSS_ALT = "Line chart: train and validation loss over the epochs."
ACCURACY_ALT = "Line chart: train and validation accuracy over the epochs."

Draw = Callable[..., alt.LayerChart]  # a table, and what shapes the chart


def spec(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification without data and without Altair's theme."""
    parts = chart.to_dict(validate=False)  # which is half the time; tests validate
    return {
        name: part for name, part in parts.items() if name not in {"data", "datasets", "config"}
    }


def kept_spec(draw: Draw, *shape: Any) -> dict[str, Any]:
    """Return the specification of what `draw` makes of no rows: they never shape this chart."""
    return deepcopy(_built(draw, *shape))


# Building and checking a chart takes Altair tens of milliseconds; a copy, a hundredth.
@lru_cache(maxsize=128)
def _built(draw: Draw, *shape: Any) -> dict[str, Any]:
    return spec(draw(history_frame([]), *shape))


def loss_spec(epochs: int, classes: int, is_log: bool = False) -> dict[str, Any]:
    """Return the specification of the loss chart, to be fed with a `history_frame`."""
    return kept_spec(loss_chart, epochs, classes, is_log)


def accuracy_spec(
    epochs: int, classes: int, is_zoomed: bool = False, has_chance: bool = True
) -> dict[str, Any]:
    """Return the specification of the accuracy chart, to be fed with a `history_frame`."""
    return kept_spec(accuracy_chart, epochs, classes, is_zoomed, has_chance)


def steps_spec(
    measure: str, epochs: int, is_log: bool = False, has_previous: bool = False
) -> dict[str, Any]:
    """Return the specification of one measure of the steps, to be fed with a `steps_frame`."""
    return kept_spec(steps_chart, measure, epochs, is_log, has_previous)


def history_alt(
    records: Sequence[EpochRecord], above: Sequence[str] = (), references: Sequence[str] = ()
) -> str:
    """Return what both live charts say now, in a text for people who cannot see them.

    `above` is what lies above the axis of the loss, such as "train loss 8.1 in epoch 3", and
    `references` are the accuracies to compare with, such as "chance 10 %".
    """
    best = best_by_accuracy(records)
    if not records or best is None:
        return "Loss and accuracy over the epochs: no epoch is done yet."
    last = records[-1]
    return (
        f"Loss and accuracy over the epochs. After epoch {last.epoch}: train loss "
        f"{loss_text(last.train_loss)}, validation loss {loss_text(last.validation_loss)}, train "
        f"accuracy {percent_text(last.train_accuracy)}, validation accuracy "
        f"{percent_text(last.validation_accuracy)}. Best validation accuracy: "
        f"{percent_text(best.validation_accuracy)} in epoch {best.epoch}."
        f"{' Above the axis of the loss: ' + '; '.join(above) + '.' if above else ''}"
        f"{' Accuracies to compare with: ' + '; '.join(references) + '.' if references else ''}"
    )
