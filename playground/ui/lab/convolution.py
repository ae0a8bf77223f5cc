"""Convolution and pooling on the page: nine weights to edit, and a window that slides."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.lab import convolution as piece
from playground.lab.inputs import Row
from playground.ui.lab.figures import STYLE, figure, grid, number
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import draw_try
from playground.ui.lab.pooling import PANEL, draw_parameters, draw_pooling
from playground.ui.session import Session

_PRESET = "preset"
_START = 10  # row and column


def draw_convolution(current: Session) -> None:
    """Draw the piece."""
    controls, pictures = st.columns([1, 2.1], gap="medium")
    with controls:
        question = piece.ConvolutionQuestion(
            picture=PANEL.choose(piece.PICTURE, "Picture"),
            kernel=_draw_kernel(),
            stride=PANEL.slider(piece.STRIDE, "Stride in pixels"),
            padding=PANEL.slider(piece.PADDING, "Padding in pixels"),
            # What these three hold is drawn further down, but decides what is asked here.
            pool=PANEL.number(piece.POOL),
            row=PANEL.kept(piece.ROW.name, _START),
            column=PANEL.kept(piece.COLUMN.name, _START),
        )
    with pictures:
        found = findings(question)
        if found is None:
            return
        _draw_pictures(found, question)
        st.markdown("##### One place of the result, in numbers")
        st.html(STYLE + _sum(found, question.kernel))
    draw_pooling(found)
    draw_parameters(found)
    draw_try(
        "move the column and watch the window, the nine products and the framed pixel. Then "
        "Identity, and change one weight at a time; with padding 1 and stride 1 the size stays."
    )
    draw_code(found.code)


def _draw_kernel() -> Row:
    first, weight, presets = piece.FIRST_KERNEL, piece.KERNEL_WEIGHT, piece.KERNELS
    weights = tuple(PANEL.kept(f"weight{place}", value) for place, value in enumerate(first))
    PANEL.keep(_PRESET, next((name for name in presets if presets[name] == weights), None))
    words = f"Choose one, or type weights from {weight.least:g} to {weight.most:g} below."
    shape: dict[str, Any] = {"key": PANEL.key(_PRESET), "on_change": _take, "help": words}
    st.pills("Kernel, 3×3 weights", list(presets), wrap=True, **shape)
    values: list[float] = []
    with st.container(key="kernel"):  # three by three on a phone too
        for row in range(piece.KERNEL_SIZE):
            for column, cell in enumerate(st.columns(piece.KERNEL_SIZE, gap="small")):
                place = piece.KERNEL_SIZE * row + column
                with cell:
                    label = f"Weight in row {row + 1}, column {column + 1}"
                    own = {"name": f"weight{place}", "default": piece.FIRST_KERNEL[place]}
                    shape = {**own, "format": "%.3g", "label_visibility": "collapsed"}
                    values.append(PANEL.field(piece.KERNEL_WEIGHT, label, **shape))
    return tuple(values)


def _take() -> None:
    """Let the nine weights be those of the preset just chosen."""
    for place, weight in enumerate(piece.KERNELS.get(PANEL.held(_PRESET), ())):
        PANEL.keep(f"weight{place}", weight)


def _draw_pictures(found: piece.ConvolutionFindings, question: piece.ConvolutionQuestion) -> None:
    size, output, row, column = found.size, found.output_size, found.row, found.column
    stride, padding = question.stride, question.padding
    PANEL.keep(piece.ROW.name, row)
    PANEL.keep(piece.COLUMN.name, column)
    before, after = st.columns(2, gap="medium")
    padded = size + 2 * padding
    around = f" and {padding} of padding on each side" if padding else ""
    window = (row * stride, column * stride, piece.KERNEL_SIZE)
    low, high = number(found.low), number(found.high)
    grey = " grey is 0," if found.low < 0 else ""
    with before:
        caption = f"Input: {size}×{size} pixels{around}. The frame is the kernel's window."
        alt = f"The picture, {padded} by {padded} pixels, with the kernel's window framed"
        st.html(STYLE + figure(found.image, caption, alt, window))
        PANEL.slider(piece.ROW, "Row of the result", most=output - 1)
    with after:
        caption = f"Result: {output}×{output}. Black is {low},{grey} white is {high}."
        alt = f"The result, {output} by {output} numbers, with the window's place framed"
        st.html(STYLE + figure(found.result, caption, alt, (row, column, 1)))
        PANEL.slider(piece.COLUMN, "Column of the result", most=output - 1)
    st.markdown(
        "Output size = ⌊(input + 2·padding − kernel) / stride⌋ + 1 = "
        f"⌊({size} + 2·{padding} − {piece.KERNEL_SIZE}) / {stride}⌋ + 1 = **{output}**"
    )


def _sum(found: piece.ConvolutionFindings, weights_in_line: Row) -> str:
    window = found.window
    kernel = [
        weights_in_line[start : start + piece.KERNEL_SIZE]
        for start in range(0, len(weights_in_line), piece.KERNEL_SIZE)
    ]
    products = [
        [value * weight for value, weight in zip(values, weights, strict=True)]
        for values, weights in zip(window, kernel, strict=True)
    ]
    return (
        f'<div class="lab-sum">{grid(window, "pixels in the window, 0 to 1")}<b>×</b>'
        f"{grid(kernel, 'kernel')}<b>=</b>{grid(products, 'products')}"
        f"<b>sum = {number(found.total)}</b></div>"
    )
