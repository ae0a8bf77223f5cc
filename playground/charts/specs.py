"""Specs: charts as specifications that a live page keeps while only their rows change.

A live page draws with `st.vega_lite_chart(frame, loss_spec(epochs), alt=LOSS_ALT, key="loss")`.
The alternative text stays the same while a run trains: Streamlit builds a chart anew, and it
blinks, when anything but its rows changes. `history_alt` has the numbers, for a text beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from playground.charts.classes import class_counts_chart
from playground.charts.history import accuracy_chart, loss_chart
from playground.frames.history import best_record, history_frame, loss_text, percent
from playground.run.records import EpochRecord

__all__ = [
    "ACCURACY_ALT",
    "LOSS_ALT",
    "accuracy_chart",
    "accuracy_spec",
    "class_counts_chart",
    "history_alt",
    "loss_chart",
    "loss_spec",
    "spec",
]

LOSS_ALT = "Line chart: train and validation loss over the epochs."
ACCURACY_ALT = "Line chart: train and validation accuracy over the epochs, and the level of chance."


def spec(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification without data and without Altair's theme."""
    parts = chart.to_dict()
    return {
        name: part for name, part in parts.items() if name not in {"data", "datasets", "config"}
    }


def loss_spec(epochs: int) -> dict[str, Any]:
    """Return the specification of the loss chart, to be fed with a `history_frame`."""
    return _kept(loss_chart, epochs)


def accuracy_spec(epochs: int, classes: int) -> dict[str, Any]:
    """Return the specification of the accuracy chart, to be fed with a `history_frame`."""
    return _kept(accuracy_chart, epochs, classes)


def _kept(draw: Callable[..., alt.LayerChart], *shape: int) -> dict[str, Any]:
    parts: dict[str, Any] = json.loads(_text(draw, *shape))
    return parts


# Building and checking a chart takes Altair tens of milliseconds; reading the result, a hundredth.
@lru_cache(maxsize=128)
def _text(draw: Callable[..., alt.LayerChart], *shape: int) -> str:
    return json.dumps(spec(draw(history_frame([]), *shape)))


def history_alt(records: Sequence[EpochRecord]) -> str:
    """Return what both live charts say now, in a text for people who cannot see them."""
    best = best_record(records)
    if not records or best is None:
        return "Loss and accuracy over the epochs: no epoch is done yet."
    last = records[-1]
    return (
        f"Loss and accuracy over the epochs. After epoch {last.epoch}: train loss "
        f"{loss_text(last.train_loss)}, validation loss {loss_text(last.validation_loss)}, train "
        f"accuracy {percent(last.train_accuracy)}, validation accuracy "
        f"{percent(last.validation_accuracy)}. Best validation accuracy: "
        f"{percent(best.validation_accuracy)} in epoch {best.epoch}."
    )
