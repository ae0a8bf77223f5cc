"""The numbers of the run at a glance."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import percent_text
from playground.run.records import EpochRecord
from playground.service import RunSnapshot

_NONE = "–"
_HEIGHT = 116  # pixels: the same with and without a change below the number


def draw_metrics(snapshot: RunSnapshot | None) -> None:
    """Draw validation accuracy and loss with their change, the best epoch, and the speed."""
    epochs = snapshot.epochs if snapshot else ()
    last = epochs[-1] if epochs else None
    before = epochs[-2] if len(epochs) > 1 else None
    best = snapshot.best if snapshot else None
    accuracy, loss, top, speed = st.columns(4)
    accuracy.metric(
        "Validation accuracy",
        percent_text(last.validation_accuracy) if last else _NONE,
        _points(last, before),
        delta_color="normal" if _has_changed(last, before) else "off",
        delta_arrow="auto" if _has_changed(last, before) else "off",
        border=True,
        height=_HEIGHT,
        help="The share of validation images whose likeliest class is the true one. The change "
        "is in percentage points since the epoch before.",
    )
    loss.metric(
        "Validation loss",
        f"{last.validation_loss:.3f}" if last else _NONE,
        _loss_change(last, before),
        delta_color="inverse" if _has_moved(last, before) else "off",
        delta_arrow="auto" if _has_moved(last, before) else "off",
        border=True,
        height=_HEIGHT,
        help="The mean cross-entropy of the validation images in nats: 0 is perfect, and guessing "
        "gives ln(classes), 2.3 for ten.",
    )
    top.metric(
        "Best epoch",
        str(best.epoch) if best else _NONE,
        f"by accuracy: {percent_text(best.validation_accuracy)}" if best else "no epoch yet",
        delta_color="off",
        delta_arrow="off",
        border=True,
        height=_HEIGHT,
        help="The first epoch of the highest validation accuracy so far; ringed in the chart.",
    )
    speed.metric(
        "Images per second",
        compact(last.images_per_second) if last else _NONE,
        f"{last.seconds:.2f} s/epoch" if last else "no epoch yet",
        delta_color="off",
        delta_arrow="off",
        border=True,
        height=_HEIGHT,
        help="Training speed in the last epoch. The time of the epoch includes its validation.",
    )


def compact(number: float) -> str:
    """Return a number in at most four characters: "873", "1.5k", "150k", "2.5M"."""
    unit = ""
    for bigger in ("k", "M"):
        if round(number) < 1000:
            break
        number, unit = number / 1000, bigger
    return f"{number:.{1 if unit and number < 9.95 else 0}f}{unit}"


def _points(last: EpochRecord | None, before: EpochRecord | None) -> str:
    if not (last and before):
        return "first epoch" if last else "no epoch yet"
    return f"{_gain(last, before):+.1f} points"


def _gain(last: EpochRecord, before: EpochRecord) -> float:
    """Return the change of the validation accuracy in percentage points, as it is shown."""
    gain = round((last.validation_accuracy - before.validation_accuracy) * 100, 1)
    return gain + 0.0  # no "-0.0"


def _has_changed(last: EpochRecord | None, before: EpochRecord | None) -> bool:
    return bool(last and before and _gain(last, before))


def _has_moved(last: EpochRecord | None, before: EpochRecord | None) -> bool:
    return bool(last and before and round(last.validation_loss - before.validation_loss, 3))


def _loss_change(last: EpochRecord | None, before: EpochRecord | None) -> str:
    if not (last and before):
        return "first epoch" if last else "no epoch yet"
    change = round(last.validation_loss - before.validation_loss, 3)
    return f"{change:+.3f}" if change else "±0.000"
