"""The lines that the accuracy of a run is compared with: chance, and the simplest classifiers."""

from __future__ import annotations

import streamlit as st

from playground.charts.layers import chance_text
from playground.frames.references import Reference, references_of
from playground.run.baselines import Baselines, BaselinesQuestion, kept_baselines
from playground.service import RunSnapshot, service
from playground.service.predictions import validation_images
from playground.ui.session import Session
from playground.ui.state import Key

# Rules made of so many pixels are found in a tenth of a second; of MNIST's in ten of one core.
_QUICK = 1_000_000


_SWITCH: Key[bool] = Key("comparing-lines")


def draw_switch() -> bool:
    """Draw the switch of all these lines; return whether they are on."""
    return st.toggle(
        "Lines to compare with",
        True,
        key=_SWITCH.name,
        help="Guessing; always saying the class that most training images have; the class whose "
        "mean image is nearest; and softmax regression, a network without a hidden layer. Each is "
        "made of this run's training images and judged on its validation images. A line without "
        "room for its words is left off.",
        persist_state="session",
    )


def references(current: Session) -> list[Reference]:
    """Return what the simplest classifiers reach on the images of the run shown, once known.

    It takes nothing from a run that goes on, and tells nothing of a mystery that is not solved.
    """
    question, snapshot = _question(current), current.snapshot
    if question is None or snapshot is None:
        return []
    found = _known(question)
    if found is None and (not snapshot.status.is_live or _is_quick(question, snapshot)):
        found = service().inquiries.ask(question).result
    return references_of(found) if found else []


def are_awaited(current: Session) -> bool:
    """Whether these lines are still to come, for a run that is over."""
    question = _question(current)
    if question is None or _SWITCH.get() is False or service().problem:
        return False
    return _known(question) is None and not service().inquiries.known(question).refusal


def spoken(references: list[Reference], classes: int) -> list[str]:
    """Return these lines and that of chance in words."""
    return [chance_text(classes), *(each.text for each in references)]


def _question(current: Session) -> BaselinesQuestion | None:
    snapshot = current.snapshot
    if snapshot is None or snapshot.started is None or not snapshot.epochs:
        return None
    code = snapshot.experiment.training.mystery
    if code and code not in current.guesses.revealed:
        return None
    return BaselinesQuestion.of(snapshot.experiment, snapshot.started)


def _known(question: BaselinesQuestion) -> Baselines | None:
    return service().inquiries.known(question).result or kept_baselines(question)


def _is_quick(question: BaselinesQuestion, snapshot: RunSnapshot) -> bool:
    data = validation_images(question.validation_key)
    if snapshot.started is None or data is None or not len(data.images):
        return False
    return snapshot.started.training_images * int(data.images[0].size) <= _QUICK
