"""The numbers of the run at a glance."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import streamlit as st

from playground.analysis.wording import percent_text
from playground.service import RunSnapshot

_NOT_YET = "no epoch yet"
# 116 pixels: the same with and without a change below the number.
_plain = partial(dict[str, Any], delta_color="off", delta_arrow="off", border=True, height=116)


def draw_metrics(snapshot: RunSnapshot | None) -> None:
    """Draw validation accuracy and loss with their change, the best epoch, and the speed."""
    epochs = snapshot.epochs if snapshot else ()
    last = epochs[-1] if epochs else None
    before = epochs[-2] if len(epochs) > 1 else None
    best = snapshot.best if snapshot else None
    gain = loss_change = None
    if last and before:
        # As they are shown; no "-0.0".
        gain = round((last.validation_accuracy - before.validation_accuracy) * 100, 1) + 0.0
        loss_change = round(last.validation_loss - before.validation_loss, 3)
    with st.container(key="numbers"):
        accuracy, loss, top, speed = st.columns(4)
    first = "first epoch" if last else _NOT_YET
    accuracy.metric(
        "Validation accuracy",
        percent_text(last.validation_accuracy) if last else "–",
        first if gain is None else f"{gain:+.1f} points",
        help="The share of validation images whose likeliest class is the true one. The change "
        "is in percentage points since the epoch before.",
        **_arrow(gain, "normal"),
    )
    loss.metric(
        "Validation loss",
        f"{last.validation_loss:.3f}" if last else "–",
        first if loss_change is None else f"{loss_change:+.3f}" if loss_change else "±0.000",
        help="The mean cross-entropy of the validation images in nats: 0 is perfect, and guessing "
        "gives ln(classes), 2.3 for ten.",
        **_arrow(loss_change, "inverse"),
    )
    top.metric(
        "Best epoch",
        str(best.epoch) if best else "–",
        f"{percent_text(best.validation_accuracy)} accuracy" if best else _NOT_YET,
        help="The first epoch of the highest validation accuracy so far; ringed in the chart.",
        **_plain(),
    )
    speed.metric(
        "Images per second",
        compact(last.images_per_second) if last else "–",
        f"{last.seconds:.2f} s/epoch" if last else _NOT_YET,
        help="Training speed in the last epoch. The time of the epoch includes its validation.",
        **_plain(),
    )


def compact(number: float) -> str:
    """Return a number in at most four characters: "873", "1.5k", "150k", "2.5M"."""
    unit = ""
    for bigger in ("k", "M"):
        if round(number) < 1000:
            break
        number, unit = number / 1000, bigger
    return f"{number:.{1 if unit and number < 9.95 else 0}f}{unit}"


def _arrow(change: float | None, color: Literal["normal", "inverse"]) -> dict[str, Any]:
    return _plain(delta_color=color, delta_arrow="auto") if change else _plain()
