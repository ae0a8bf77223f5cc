"""Whose answers are looked at: those to the validation images, or to a sample of the training ones.

One choice, shared by the views that offer it.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from playground.errors import PlaygroundError
from playground.run.questions import PreviewImages
from playground.service import service
from playground.service.predictions import Role, ValidationImages, images_of
from playground.service.stored_answers import stored_answers
from playground.ui.inspect.look import Look, keep_within
from playground.ui.plain import plain
from playground.ui.state import Key

_ROLE: Key[Role] = Key("inspect-role")
_PATIENCE = 3.0  # seconds for images to be made again
_ROLES: tuple[Role, ...] = ("validation", "training")
_HELP = (
    "Training images: a fixed sample of at most 2,000, the same share of each class, evaluated "
    "after every epoch. A network that trains on them comes to repeat their labels, wrong ones "
    "too: what it says of validation images is what it will say of new ones."
)


def draw_role() -> Role:
    """Draw the choice; return it."""
    role: Role = st.segmented_control(
        "Images", _ROLES, default="validation", required=True, key=_ROLE.name, help=_HELP,
        format_func=lambda name: f"{name} images",
        persist_state="session",
    )  # fmt: skip
    return role


def look_at_role(look: Look) -> Look | None:
    """Draw the choice; return the look at these images, None where nothing of them is stored."""
    if draw_role() == "validation":
        return look
    started = look.snapshot.started
    key = started.training_key if started else ""
    data = _images(look, key) if key else None
    whole = stored_answers(look.run_id, key, look.whole.epochs[-1], "training") if data else None
    if data is None or whole is None:
        st.info(
            "What this run says of its training images is not here: it was trained before that "
            "was recorded or with recording switched off, or its images are being made again: then "
            "look again in a moment."
        )
        return None
    if whole.epochs[0] > look.epoch:
        st.info("Nothing is stored of the training images at this epoch: choose a later one.")
        return None
    look = replace(look, data=data, whole=whole, role="training", key=key)
    keep_within(look.image, range(len(data.labels)))
    return with_verdicts(look)


def _images(look: Look, key: str) -> ValidationImages | None:
    """Return the sample's images, made again where they have been swept; None while that lasts."""
    if found := images_of("training", key):
        return found
    question = PreviewImages.of(look.snapshot.experiment, whole=True)
    if service().inquiries.ask(question, patience=_PATIENCE).is_ready:
        service().inquiries.forget(question)  # they may be swept once more
    return images_of("training", key)


def with_verdicts(look: Look) -> Look:
    """Return a look at training images that notes what a person has said of each."""
    try:
        verdicts = service().verdicts.of(look.run_id)
    except PlaygroundError as error:
        st.warning(plain(str(error)))
        return look
    notes = {image: f"verdict: {each.verdict}" for image, each in verdicts.items()}
    return replace(look, notes=notes)
