"""Normalization on the page: three weights that learn unevenly, and images there and back."""

from __future__ import annotations

import streamlit as st

from playground.analysis.wording import percent_text
from playground.charts.lab.bars import histogram_chart
from playground.charts.lab.lines import weights_chart
from playground.frames.lab import histogram_frame, weights_frame
from playground.lab import normalization as piece
from playground.ui.lab.figures import STYLE, number, strip
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("normalization")
_WEIGHTS_ALT = "Line chart: three weights over 100 steps, starting at 0.1, with {} inputs."
_HISTOGRAM_ALT = "Histogram of pixel values from −4 to 4: grey before, blue after normalization."


def draw_normalization(current: Session) -> None:
    """Draw the piece."""
    st.markdown("##### Three inputs, three weights")
    controls, raw, standard = st.columns([1, 1.35, 1.35], gap="medium")
    with controls:
        cells = st.columns(3, gap="small")
        values = []
        for place, (cell, first) in enumerate(zip(cells, piece.FIRST_INPUTS, strict=True)):
            with cell:
                label, shape = f"Input {place + 1}", {"default": first, "format": "%.0f"}
                values.append(_PANEL.field(piece.INPUT_PIXEL, label, name=f"input{place}", **shape))
        updates = _PANEL.slider(piece.UPDATES, "Steps of learning rate 0.01")
        st.caption(
            "The loss is −0.01·output, which wants the output to grow: its gradient is "
            "−0.01·input, so each weight moves in proportion to its input."
        )
    question = piece.NormalizationQuestion(
        inputs=tuple(values),
        updates=updates,
        # What these three hold is drawn further down, but decides what is asked here.
        images=_PANEL.kept(piece.IMAGES.name, piece.IMAGES.default),
        mean=_PANEL.number(piece.MEAN),
        std=_PANEL.number(piece.STD),
    )
    found = findings(question)
    if found is None:
        _draw_image_controls((0.5, 0.5))
        return
    with raw:
        _draw_way(found.raw, "raw", "As they are")
    with standard:
        _draw_way(found.standard, "standard", "Normalized")
    draw_try(
        "set the third input to 1, then back to 255, and compare how far its weight travels on "
        "the left with the right. Mind the scales of the two charts."
    )
    draw_code(found.code)
    st.markdown("##### Real images, normalized and restored")
    _draw_images(found)
    draw_try(
        "press “Measured”: the values then centre on 0 with a spread of 1. Set 0.5 and 0.5: "
        "they reach from −1 to 1. Normalized images look dark or grey; undoing the "
        "normalization restores them."
    )
    draw_code(found.image_code)


def _draw_way(way: piece.WeightsWay, name: str, title: str) -> None:
    inputs = ", ".join(f"{round(value, 2):g}".replace("-", "−") for value in way.inputs)
    last = ", ".join(number(value, 3) for value in way.weights[-1])
    st.markdown(f"{title}: [{inputs}]")
    word = "raw" if name == "raw" else "normalized"
    _PANEL.chart(weights_frame(way.weights), weights_chart, _WEIGHTS_ALT.format(word), name)
    st.markdown(f"Weights from 0.1 to **[{last}]**")


def _draw_image_controls(measured: tuple[float, float]) -> None:
    _PANEL.choose(piece.IMAGES, "Images")
    _PANEL.slider(piece.MEAN, "Mean, taken from pixels of 0 to 1")
    _PANEL.slider(piece.STD, "Standard deviation, divided by")
    mean, std = (round(value, 2) for value in measured)
    with st.container(horizontal=True, gap="small"):
        for label, name, pair in (
            (f"Measured: {mean:g}, {std:g}", "measured", (mean, std)),
            ("0.5, 0.5", "half", (0.5, 0.5)),
            ("0, 1", "none", (0.0, 1.0)),
        ):
            _PANEL.act(label, name, _set, *pair)


def _set(mean: float, std: float) -> None:
    _PANEL.keep(piece.MEAN.name, mean)
    _PANEL.keep(piece.STD.name, std)


def _draw_images(found: piece.NormalizationFindings) -> None:
    controls, chart = st.columns([1, 1.6], gap="medium")
    with controls:
        _draw_image_controls(found.measured)
        low, high = number(found.low), number(found.high)
        outside = found.histogram_after.outside
        st.markdown(
            f"After it: mean **{number(found.mean_after)}**, standard deviation "
            f"**{number(found.std_after)}**, from {low} to {high}."
            + (f" {percent_text(outside)} are beyond the chart." if outside > 0.0005 else "")
        )
    with chart:
        frame = histogram_frame(found.histogram_before, found.histogram_after)
        _PANEL.chart(frame, histogram_chart, _HISTOGRAM_ALT, "histogram")
    rows = (
        ("As they are", found.before, "as it is"),
        ("Normalized", found.normalized, "normalized"),
        ("And back", found.back, "normalized and back"),
    )
    st.html(f'{STYLE}<div class="lab-strip">{"".join(strip(*row) for row in rows)}</div>')
    st.caption(
        "Normalized images are drawn with −2 black and 2 white. The way back is off by at most "
        f"{found.worst:.6f} of 255 grey levels."
    )
