"""Softmax and cross-entropy on the page: four logits to push, and what the loss says of them."""

from __future__ import annotations

from math import exp

import streamlit as st

from playground.analysis.wording import percent_text
from playground.charts.lab.bars import probabilities_chart
from playground.charts.lab.lines import logit_chart
from playground.frames.lab import logit_frame, probabilities_frame
from playground.lab import cross_entropy as piece
from playground.lab.inputs import Row
from playground.ui.lab.figures import STYLE, number, table
from playground.ui.lab.findings import draw_code, findings
from playground.ui.lab.panel import Panel, draw_try
from playground.ui.session import Session

_PANEL = Panel("cross_entropy")
_NAMES = list(piece.CLASSES.values())
_BARS_ALT = "Bars: the probability of each of four classes, and a line at its target, 0 or 1."
_LINES_ALT = (
    "Line chart over the logit of the true class: the cross-entropy falls all the way, the "
    "mistake jumps from 1 to 0 once and is level elsewhere. A dot on each marks the slider."
)


def draw_cross_entropy(current: Session) -> None:
    """Draw the piece."""
    controls, bars, lines = st.columns([1, 1.35, 1.35], gap="medium")
    with controls:
        truth = _PANEL.choose(piece.TRUTH, "True class")
        logits = tuple(
            _PANEL.slider(piece.LOGIT, f"Logit of {label.lower()}", name=name, default=first)
            for (name, label), first in zip(piece.CLASSES.items(), piece.FIRST_LOGITS, strict=True)
        )
    found = findings(piece.CrossEntropyQuestion(logits, truth))
    if found is None:
        return
    place = list(piece.CLASSES).index(truth)
    with bars:
        st.markdown("##### Softmax: probabilities")
        frame = probabilities_frame(_NAMES, found.probabilities, found.one_hot)
        _PANEL.chart(frame, probabilities_chart, _BARS_ALT, "bars")
    with lines:
        st.markdown("##### Loss and accuracy as one logit changes")
        _PANEL.chart(logit_frame(found.sweep, logits[place]), logit_chart, _LINES_ALT, "lines")
    left, right = st.columns([1.35, 1], gap="medium")
    left.html(STYLE + _classes(logits, found))
    with right:
        _draw_loss(found)
    st.markdown("##### A batch of three: this image and two more")
    left, right = st.columns([1.35, 1], gap="medium")
    left.html(STYLE + _batch(found))
    right.markdown(
        f"Mean loss **{number(found.mean_loss, 3)}**, and e^(−mean loss) = "
        f"**{percent_text(found.mean_probability)}**: the geometric mean of the true "
        "classes' probabilities. The accuracy, "
        f"**{percent_text(found.accuracy)}**, only counts; it has no slope to follow."
    )
    draw_try(
        "move the true class's logit up and down: the loss changes with every move, the accuracy "
        "only where another logit becomes the largest. The gradient is probability minus target: "
        "a step raises the true logit, and lowers each other one the more, the likelier it was."
    )
    draw_code(found.code)


def _draw_loss(found: piece.CrossEntropyFindings) -> None:
    loss, truth = st.columns(2, gap="small")
    words = (
        "Cross-entropy in nats: minus the logarithm of the probability of the true class. "
        f"F.cross_entropy, straight from the logits, says {number(found.built_in, 3)}."
    )
    loss.metric("Loss", number(found.loss, 3), border=True, help=words)
    words = "The probability of the true class again: the logarithm taken back."
    share = percent_text(found.probabilities[found.one_hot.index(1)])
    truth.metric("e^(−loss)", share, border=True, help=words)


def _classes(logits: Row, found: piece.CrossEntropyFindings) -> str:
    columns = (_NAMES, logits, found.probabilities, found.one_hot, found.gradient)
    rows = [
        [
            f"{'✓ ' if target else ''}{name}",
            number(logit, 1),
            number(exp(logit)),
            number(probability, 3),
            str(target),
            number(gradient, 3),
        ]
        for name, logit, probability, target, gradient in zip(*columns, strict=True)
    ]
    head = ["", "logit", "e^logit", "probability", "one-hot target", "gradient"]
    return table(head, rows, "Logit, probability, target and gradient of each class")


def _batch(found: piece.CrossEntropyFindings) -> str:
    names = ("This image", "Second image", "Third image")
    rows = [
        [
            name,
            _NAMES[image.truth],
            f"{'✓' if image.is_right else '✗'} {_NAMES[image.answer]}",
            percent_text(image.true_probability),
            number(image.loss, 3),
        ]
        for name, image in zip(names, found.batch, strict=True)
    ]
    head = ["", "truth", "answer", "p(truth)", "loss"]
    return table(head, rows, "Truth, answer and loss of three images")
