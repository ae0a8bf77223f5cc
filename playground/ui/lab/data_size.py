"""More and more training images on the page: how far apart training and validation are."""

from __future__ import annotations

from statistics import fmean

import streamlit as st

from playground.analysis.wording import counted, percent_text
from playground.charts.lab.data_size import data_size_chart
from playground.frames.lab_data_size import data_size_frame
from playground.lab import data_size as piece
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("data_size")
_ALT = (
    "Line chart: training and validation accuracy over the number of training images, the mean "
    "and the range over the seeds. The sentence below gives both ends."
)


def draw_data_size(current: Session) -> None:
    """Draw the piece."""
    controls, picture = st.columns([1, 2.1], gap="medium")
    with controls:
        question = piece.DataSizeQuestion(
            units=_PANEL.choose(piece.UNITS, "Hidden layer"),
            seeds=_PANEL.slider(piece.SEEDS, "Seeds: other images, other first weights"),
        )
        st.caption(
            f"Each network takes {piece.STEPS} steps with batches of {piece.BATCH}, whether it has "
            f"{piece.SIZES[0]} images or {piece.SIZES[-1]}."
        )
    with picture:
        found = findings(question)
        if found is None:
            return
        _PANEL.chart(data_size_frame(found.trained), data_size_chart, _ALT)
        st.caption(
            f"The mean of {counted(question.seeds, 'seed')}, and from the lowest to the highest. "
            f"Validated by the same {found.validation_images} images."
        )
    st.markdown(" ".join(_ends(found)))
    st.markdown(
        "The gap between the lines is **variance**: with few images the network learns just these, "
        "and with other images it would have learned something else. More images make it smaller. "
        "What both lines lack of 100 % with many images is **bias**: this network, trained for so "
        "many steps, does no better, and more images of the same kind do not help."
    )
    draw_try(
        "take 2 units: the lines come together low. Then 64 units: they begin far apart and "
        "come closer, high up. From how many images on does validation hardly rise?"
    )
    draw_code(found.code)


def _ends(found: piece.DataSizeFindings) -> list[str]:
    told = []
    for each in (found.trained[0], found.trained[-1]):
        train, validation = fmean(each.train), fmean(each.validation)
        told.append(
            f"With {each.images} images **{percent_text(train)}** on these and "
            f"**{percent_text(validation)}** on new ones, {100 * (train - validation):.1f} points "
            "apart."
        )
    return told
