"""Batches on the page: their order, the noise of their gradients, and what sorting does."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from playground.analysis.wording import percent_text
from playground.charts.lab.batch_orders import (
    COLUMNS,
    angle_chart,
    batch_losses_chart,
    error_chart,
    order_chart,
)
from playground.frames.lab_runs import batch_losses_frame, noise_frame, order_frame
from playground.lab import batch_orders as piece
from playground.ui.lab.figures import STYLE, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("batches")
_SIZES = [size for size in piece.BATCH_SIZES if size >= 4]  # smaller ones train too long to watch
_CHART_BOX = 278
_ERROR_ALT = (
    "Lines: error of a batch's gradient by batch size, shuffled and sorted, and the fall of one "
    "over the square root, on logarithmic axes."
)
_ANGLE_ALT = (
    "Lines: angle between a batch's gradient and that of all images by batch size, shuffled and "
    "sorted."
)
_LOSSES_ALT = "Lines: loss of every batch while training, shuffled and sorted."


def draw_batches(current: Session) -> None:
    """Draw the piece."""
    controls = st.columns([2, 1.4], gap="medium", vertical_alignment="bottom")
    with controls[0]:
        batch_size = _PANEL.choose_of(piece.BATCH_SIZE, "Batch size in images", _SIZES)
    with controls[1]:
        label = f"Next epoch: shuffle again (this is {_PANEL.number(piece.EPOCH)})"
        icon = ":material/shuffle:"
        epoch = _PANEL.count_button(piece.EPOCH, label, "shuffle", icon=icon)
    _draw_order(batch_size, epoch)
    _draw_noise()
    _draw_training(batch_size)


def _draw_order(batch_size: int, epoch: int) -> None:
    st.markdown("##### The order of an epoch")
    with st.container(height=_CHART_BOX, border=False, key="lab-box-order"):
        found = findings(piece.OrderQuestion(batch_size, epoch))
        if found is None:
            return
        for column, order in zip(st.columns(2, gap="medium"), piece.ORDERS, strict=True):
            labels = found.labels[order]
            alt = f"The classes of the first images of the first batches, {order}."
            with column:
                st.markdown(f"**{order.capitalize()}**: {_classes(labels)}")
                _PANEL.chart(order_frame(labels, COLUMNS), order_chart, alt, order)
    st.caption(
        f"Digits, {found.images:,} training images. Each square is an image, its number and "
        f"colour the class; the first {COLUMNS} images of the first eight batches."
    )
    draw_code(found.code)


def _classes(batches: piece.Labels) -> str:
    count = len(set(batches[0]))
    return f"{count} class{'es' if count > 1 else ''} in the first batch"


def _draw_noise() -> None:
    st.markdown("##### How well a batch estimates the gradient")
    before = _PANEL.slider(
        piece.TRAINED_BEFORE,
        "Epochs trained before measuring",
        help="A network that has learned a lot has a small gradient, so the noise weighs more.",
    )
    with st.container(height=_CHART_BOX - 14, border=False, key="lab-box-noise"):
        found = findings(piece.NoiseQuestion(before))
        if found is None:
            return
        left, right = st.columns(2, gap="medium")
        with left:
            _PANEL.chart(noise_frame(found.noise, "error"), error_chart, _ERROR_ALT, "error")
        with right:
            _PANEL.chart(noise_frame(found.noise, "angle"), angle_chart, _ANGLE_ALT, "angle")
    st.caption(
        "The true gradient is that of all training images. Lines are the root mean square of "
        "25 errors and the median of 25 angles; bands hold the middle half."
    )
    draw_try(
        "follow the shuffled line: four times the batch size halves the error, as 1/√size does; "
        "the largest gain more, as they are a good part of all images. Sorted batches of up to 64 "
        "hardly gain, as they have one or two classes only: at 90° a step does not help the other "
        "images."
    )
    draw_code(found.code)


def _draw_training(batch_size: int) -> None:
    st.markdown("##### Trained in this order")
    epochs = _PANEL.slider(piece.EPOCHS, "Epochs of SGD with learning rate 0.1")
    with st.container(height=_CHART_BOX + 100, border=False):
        found = findings(piece.OrderedTrainingQuestion(batch_size, epochs))
        if found is None:
            return
        frame = batch_losses_frame(found.trained)
        _PANEL.chart(frame, batch_losses_chart, _LOSSES_ALT, "losses")
        st.html(STYLE + _accuracies(found.trained))
    draw_try(
        "look at the sorted line: the loss falls while a class lasts and jumps up at the next one. "
        "Validation stays poor: most images get the answer of the last classes."
    )
    draw_code(found.code)


def _accuracies(trained: Mapping[str, piece.Trained]) -> str:
    epochs = range(1, len(trained[piece.ORDERS[0]].accuracies) + 1)
    rows = [
        [order, *(percent_text(share) for share in trained[order].accuracies)]
        for order in piece.ORDERS
    ]
    head = ["Validation accuracy", *(f"epoch {epoch}" for epoch in epochs)]
    return table(head, rows, "Validation accuracy after each epoch, shuffled and sorted")
