"""The charts of the run shown: loss, accuracy, and on demand one of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from math import ceil, log

import streamlit as st

from playground.analysis.wording import MARK, marks_text
from playground.charts.specs import (
    ACCURACY_ALT,
    LOSS_ALT,
    accuracy_spec,
    history_alt,
    loss_spec,
    steps_spec,
)
from playground.experiment.catalog import DATASETS
from playground.experiment.fields import capitalized
from playground.frames.history import apart, history_table
from playground.frames.losses import above, batch_places, epoch_places, run_limit
from playground.frames.steps import STEP_MEASURES, steps_frame
from playground.run.downsampling import BatchPoint
from playground.run.records import EpochRecord
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.train.doctor_view import marks_of
from playground.ui.train.wall import shown_epochs

LINEAR, LOG = "linear", "log"

_ACCURACY_HELP = (
    "From 0 to 100 %; Zoom shows only the part of the axis where the lines are. The ring marks the "
    "best epoch by validation accuracy, the dashed grey line guessing."
)
_LOSS_HELP = (
    "A linear axis begins at 0. ▲ with a number is a loss above its end. On the logarithmic axis "
    "every factor of ten is the same distance, and there is no 0."
)
_STEPS_WORDS = {
    "gradient_norm": "How long the gradient of all weights together is, on average over about ten "
    "steps of each epoch. Where gradients are not zeroed, it grows to many times what it was.",
    "learning_rate": "The learning rate of the last step of each epoch: what the schedule makes of "
    "the setting.",
    "update_ratio": "How long one step is beside the length of all weights, in the middle of each "
    "epoch: 0.01 is a step of one percent. Runs of older versions have not measured it.",
}
_STEPS_ALT = "Line chart: a measure of the steps of the run over the epochs."


def draw_charts(current: Session) -> None:
    """Draw loss and accuracy side by side, and below them the chart that was asked for."""
    snapshot = current.snapshot
    experiment = snapshot.experiment if snapshot else current.draft
    records = snapshot.epochs if snapshot else ()
    batches = snapshot.batches if snapshot else ()
    epochs = shown_epochs(snapshot) if snapshot else experiment.training.epochs
    if batches:  # a run may have ended within an epoch
        epochs = max(epochs, ceil(batches[-1].position))
    continued = current.continued_after if snapshot else 0
    earlier = current.previous.epochs if current.previous else ()
    started = snapshot.started if snapshot else None
    entry = DATASETS[experiment.data.dataset]
    classes = len(started.class_names if started else entry.labels(experiment.data.classes))
    left, right = st.columns(2, gap="medium")
    # Below the charts, but asked before they are drawn: what is drawn is what the slider says now.
    below = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with below:
        measure = _draw_more(current)
    with left:
        with _heading("Loss", _LOSS_HELP):
            is_log = _draw_scale("loss-scale")
            # A changed `alt` would build the chart anew: what it would say is text beside it.
            lying = [] if is_log else _above(records, batches, classes)
            st.html(f'<p class="spoken">{escape(history_alt(records, lying))}</p>')
        marks = marks_of(current)
        frame = history_table(
            records, batches, earlier, current.smoothing, continued, epochs, classes, marks
        )
        st.vega_lite_chart(
            frame, loss_spec(epochs, classes, is_log), key="loss-chart", alt=LOSS_ALT
        )
    with right:
        with _heading("Accuracy", _ACCURACY_HELP):
            zooms = st.toggle(
                "Zoom",
                key="accuracy-zoom",
                help="Show only the part of the axis where the lines are.",
                persist_state="session",
            )
        # Before the first epoch there is nothing to zoom to.
        spec = accuracy_spec(epochs, classes, zooms and bool(records))
        st.vega_lite_chart(frame, spec, key="accuracy-chart", alt=ACCURACY_ALT)
    with below:
        _draw_lines(current, continued, bool(apart(earlier, records, continued)))
        if earlier and earlier[-1].epoch > epochs:
            st.caption(f"the previous run went on to epoch {earlier[-1].epoch}", width="content")
    if measure:
        _draw_steps(measure, records, earlier, continued, epochs)


def _above(
    records: Sequence[EpochRecord], batches: Sequence[BatchPoint], classes: int
) -> list[str]:
    limit = run_limit(records, batches, log(classes))
    places = [*epoch_places(records), *batch_places(batches)]
    return [place.words for place in above(places, limit, apart=1.0)]


def _draw_more(current: Session) -> str | None:
    """Draw which chart to add, and the smoothing; return the measure chosen."""
    st.caption("More charts", width="content")
    measure: str | None = st.segmented_control(
        "More charts",
        list(STEP_MEASURES),
        format_func=lambda name: capitalized(STEP_MEASURES[name]),
        key="more-charts",
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.popover("Smoothing", icon=":material/tune:", type="tertiary"):
        current.smoothing = st.slider(
            "Smoothing of the batch losses",
            0.0,
            0.99,
            current.smoothing,
            key="smoothing",
            help="How much each point of the faint batch line leans on those before it. The lines "
            "per epoch are never smoothed.",
            persist_state="session",
        )
    return measure


def _draw_lines(current: Session, continued: int, has_previous: bool) -> None:
    """Draw what there is to say of the lines that are not of this run alone."""
    if continued:
        st.caption(f"upright line: continued after epoch {continued}", width="content")
    if has_previous and current.previous:
        marks = marks_text(current.previous.experiment, current.guesses.revealed)
        st.button(
            f"Dismiss {MARK} previous run" if marks else "Dismiss the previous run",
            key="dismiss",
            on_click=current.dismiss_previous,
            icon=":material/close:",
            type="tertiary",
            help=f"The broken lines are a run with {plain(marks)}." if marks else None,
        )


def _draw_steps(
    measure: str,
    records: Sequence[EpochRecord],
    previous: Sequence[EpochRecord],
    continued: int,
    epochs: int,
) -> None:
    with _heading(capitalized(STEP_MEASURES[measure]), _STEPS_WORDS[measure]):
        is_log = _draw_scale("steps-scale")
    frame = steps_frame(records, previous, continued, epochs, measure)
    st.vega_lite_chart(
        frame,
        steps_spec(measure, epochs, is_log and not frame.empty, "previous" in set(frame["series"])),
        key=f"steps-{measure}",
        alt=_STEPS_ALT,
    )


@contextmanager
def _heading(text: str, explained: str) -> Iterator[None]:
    """Draw a chart's heading, and beside it what the block draws; always of the same height.

    The right end stays free: there the chart's own buttons appear under the pointer.
    """
    with st.container(horizontal=True, vertical_alignment="center", height=40, border=False):
        st.markdown(f"##### {text}", width="content", help=explained)
        yield


def _draw_scale(key: str) -> bool:
    """Draw the choice between a linear and a logarithmic axis; return whether it is the latter."""
    chosen: str = st.segmented_control(
        "Axis",
        [LINEAR, LOG],
        default=LINEAR,
        required=True,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen == LOG
