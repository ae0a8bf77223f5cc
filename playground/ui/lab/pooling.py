"""What the page tells of convolution further on: pooling its result, counting its parameters."""

from __future__ import annotations

import streamlit as st

from playground.lab.convolution import POOL, ConvolutionFindings
from playground.ui.lab.figures import STYLE, figure
from playground.ui.lab.panel import Panel

PANEL = Panel("convolution")


def draw_pooling(found: ConvolutionFindings) -> None:
    """Draw the largest number and the mean of each window of the result."""
    st.markdown("##### Pooling the result")
    controls, largest, mean = st.columns([1, 1.05, 1.05], gap="medium")
    with controls:
        size = PANEL.slider(POOL, "Pooling window in pixels")
        output, pools = found.output_size, found.pools
        if pools is None:
            st.markdown(f"A window of {size}×{size} does not fit into {output}×{output}.")
            return
        st.markdown(
            f"Windows of {size}×{size} side by side: ⌊{output} / {size}⌋ = **{pools.size}** "
            "numbers a side. No weights to learn: the largest number, or the mean."
        )
    marked = (found.row // size, found.column // size, 1)
    shown = marked if max(marked[:2]) < pools.size else None
    for column, picture, name in (
        (largest, pools.largest, "Max pooling"),
        (mean, pools.mean, "Average pooling"),
    ):
        caption = f"{name}: {pools.size}×{pools.size}"
        alt = f"{name} of the result, {pools.size} by {pools.size} numbers"
        column.html(STYLE + figure(picture, caption, alt, shown))


def draw_parameters(found: ConvolutionFindings) -> None:
    """Draw how many parameters a convolution and a linear layer need for the same step."""
    st.markdown("##### Parameters between the same pixels")
    inputs, outputs = found.size**2, found.output_size**2
    left, right = st.columns(2, gap="medium")
    label = "Convolution: 3·3 weights + 1 bias"
    words = "The same nine weights at every place, whatever the size of the picture."
    left.metric(label, f"{found.convolution_parameters:,}", border=True, help=words)
    label = f"Linear layer: {inputs:,} × {outputs:,} weights + {outputs:,} biases"
    words = "A weight of its own for every pair of an input pixel and an output number."
    right.metric(label, f"{found.linear_parameters:,}", border=True, help=words)
