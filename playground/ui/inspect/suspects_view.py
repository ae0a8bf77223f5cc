"""Wrong labels: which to doubt, by what networks say that have not trained on the images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from playground.analysis.label_errors import suspects
from playground.analysis.stored_answers import StoredAnswers
from playground.analysis.wording import percent_text
from playground.run.image_sets import ImageSet
from playground.run.suspects import FOLDS, MOST_SHOWN, FindSuspects, Suspects
from playground.service import service
from playground.service.predictions import images_of
from playground.ui.inspect.images import draw_closely, draw_images
from playground.ui.inspect.look import Look, keep_within
from playground.ui.inspect.role import draw_role, with_verdicts
from playground.ui.inspect.verdicts_panel import draw_verdict, draw_verdicts
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.waiting import draw_progress

_ASKED: Key[FindSuspects] = Key("inspect-suspects-asked")
_USUAL_EPOCHS = 5

_HONEST = (
    "Expect about half of the suspects to be wrong labels and half to be hard images: of those "
    "that people checked in ten well-known data sets, 51 % were (Northcutt and others, 2021). It "
    "is an order to look in, not a verdict."
)
_RULE = (
    "Suspect is an image where the network gives another class at least what it gives that class "
    "on average to its own images, and more than the label gets (confident learning)."
)


def is_looking() -> bool:
    """Whether the search goes on, so that the page is to look again."""
    asked = _ASKED.get()
    return asked is not None and not service().inquiries.known(asked).is_ready


def draw_suspects(look: Look) -> None:
    """Draw the images whose label is to be doubted, the most doubtful first."""
    if draw_role() == "validation":
        _draw_validation(look)
    else:
        _draw_training(look)


def _draw_validation(look: Look) -> None:
    predicted = look.predicted
    if predicted is None:
        st.write("No predictions are stored for this epoch.")
        return
    found = look.of_class(suspects(look.data.labels, predicted))
    st.caption(
        "By what this network says of the validation images after this epoch: it has not trained "
        f"on them. {_RULE}"
    )
    st.write(
        f"It agrees with {percent_text(float(look.right.mean()))} of the labels: the less it does, "
        "the less its doubt means."
    )
    st.write(_HONEST)
    draw_images(look, "Labels to doubt", found, "suspects")
    draw_closely(look)


def _draw_training(look: Look) -> None:
    st.caption(
        "What a network says of the images that it trained on cannot tell: it repeats their "
        f"labels. So the training images are cut into {FOLDS} parts, and each part is judged by a "
        f"new network with this run's settings, trained on the other parts. {_RULE}"
    )
    setup = look.snapshot.experiment
    planned = setup.training.epochs
    epochs = st.number_input(
        "Epochs of each network", 1, min(50, planned), min(_USUAL_EPOCHS, planned),
        key="inspect-suspects-epochs", width=220, persist_state="session",
        help=f"{FOLDS} networks are trained for so many epochs, each on two thirds of the images.",
    )  # fmt: skip
    question = FindSuspects(setup, int(epochs))
    inquiries = service().inquiries
    answer = inquiries.known(question)
    is_asked = _ASKED.get() == question
    if answer.result:
        _draw_found(look, question, answer.result)
        return
    if answer.refusal:
        st.warning(plain(answer.refusal))
    if not is_asked or answer.refusal:
        st.button(
            "Look for wrong labels", key="inspect-suspects-go", icon=":material/search:",
            on_click=_ask, args=(question,),
        )  # fmt: skip
        return
    draw_progress(inquiries.ask(question).progress, "Waiting for the worker")
    st.button("Cancel", key="inspect-suspects-cancel", on_click=_cancel, args=(question,))


def _ask(question: FindSuspects) -> None:
    _ASKED.set(question)
    service().inquiries.retry(question)


def _cancel(question: FindSuspects) -> None:
    service().inquiries.cancel(question)
    _ASKED.forget()


def _draw_found(look: Look, question: FindSuspects, answer: Suspects) -> None:
    setup = question.experiment.training
    seen = f" The first {MOST_SHOWN} are shown." if answer.found > MOST_SHOWN else ""
    st.write(
        plain(
            f"{answer.found:,} of {answer.images:,} training images are suspect. The networks, "
            f"{question.epochs} of the {setup.epochs} epochs each, agree with "
            f"{percent_text(answer.accuracy)} of the labels: the less they do, the less their "
            f"doubt means.{seen}"
        )
    )
    st.write(_HONEST)
    found = _look_at(look, answer)
    if found is None:
        if answer.found:
            st.info("The images found are not on disk any more.")
            service().inquiries.forget(question)
        return
    keep_within(found.image, range(len(found.data.labels)))
    found = with_verdicts(found)
    shown = found.of_class(np.arange(len(found.data.labels)))
    draw_images(found, "Labels to doubt", shown, "suspects")
    draw_closely(found)
    draw_verdict(found)
    draw_verdicts(found)


def _look_at(look: Look, answer: Suspects) -> Look | None:
    """Return the look at the suspects, in which networks were asked that had not seen them."""
    data = images_of("training", answer.key) if answer.key else None
    shares = ImageSet("training", answer.key).array("probabilities") if data else None
    if data is None or shares is None or shares.ndim != 2 or len(shares) != len(data.labels):
        return None
    said = shares.argmax(axis=1)
    everywhere = np.arange(len(said))
    parts = (said.astype(np.int16), shares[everywhere, said], shares[everywhere, data.labels])
    rows = [
        part[None].astype(np.float16) if number else part[None] for number, part in enumerate(parts)
    ]
    whole = StoredAnswers((look.epoch,), shares.shape[1], data.labels, *rows)
    return replace(look, data=data, whole=whole, role="training", key=answer.key, shares=shares)
