"""Try it: draw, or bring images, and see at once what the network says of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.drawing.framing import Framing, Ground
from playground.run.network_looks import SayOfImages, WhatItLooksAt
from playground.ui.inspect.asking import WAITING_SECONDS, answer_to, is_waiting, weights_text
from playground.ui.inspect.evidence import draw_evidence
from playground.ui.pacing import drawing, look_again, note_look, paced
from playground.ui.pictures import png_uri
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, Key
from playground.ui.tryit.answers import draw_bars, draw_table
from playground.ui.tryit.asked import Asked, choose_asked, problem_of
from playground.ui.tryit.canvas import draw_canvas
from playground.ui.tryit.inputs import Drawn, Input, packed

CANVAS = "try-canvas"

_MOVING, _AWAITING = 1.0, 2.0  # seconds between two looks at a run that trains, or may begin
_SIZE, _LARGE = 320, 520  # pixels of the canvas
_RULES = {
    "mass": "cropped, scaled into a box of 20×20 and centred by its mass in 28×28 pixels, as the "
    "images of {label} were made",
    "box": "cropped, scaled to fill the frame and centred, as the images of {label} were made",
    "blocks": "cropped and scaled to fill 32×32 dots, which are counted in blocks of 4×4, as the "
    "images of {label} were made",
}
_POLLS: Key[float | None] = Key("try-polls")


def draw_try_it(current: Session, *, is_page: bool = False) -> None:
    """Draw the panel, a part that is drawn anew by itself; on a page of its own it is large."""
    _POLLS.forget()  # a whole page takes the timers of its parts away
    st.fragment(_draw, key="try-it")(current, is_page=is_page)


@drawing()
def _draw(current: Session, *, is_page: bool) -> None:
    note_look(current)
    snapshot = current.refresh()
    if is_page:
        st.markdown("### Try it")
    else:
        st.markdown("##### Try it: draw for the network")
    if not (snapshot and snapshot.epochs):
        _draw_waiting(current, is_page)
        return
    left, right = st.columns([5, 7] if is_page else [4, 7], gap="large")
    with left:
        place = st.container()  # above the choices, which decide its colours
        asked = choose_asked(current, snapshot)
        if problem := problem_of(asked[0]):
            st.info(plain(problem), icon=":material/info:")
            return
        framing, ground = _draw_framing(asked[0])
        with place:
            inputs = _draw_inputs(ground, is_page)
        shows_evidence = st.toggle(
            "What it looks at", key="try-evidence", persist_state="session",
            help="Which pixels speak for the class that it says, by the methods of Inspect.",
        )  # fmt: skip
    with right:
        for number, each in enumerate(asked):
            _draw_said(each, inputs, framing, number, is_page, shows_evidence)
    _look_again(current, bool(inputs))


def _draw_waiting(current: Session, is_page: bool) -> None:
    """Draw why there is no network to ask yet, and where to get one."""
    if current.snapshot and not current.snapshot.status.is_over:
        st.info("The network is asked here once it has trained its first epoch.")
    elif is_page:
        st.info("There is no network to try yet: train one, then come back and draw.")
        st.page_link(TRAIN_PAGE, label="Train a network", icon=":material/play_arrow:")
    else:
        st.caption("Once a network is trained, draw here and see what it says.")
    _look_again(current, bool(current.snapshot) or not is_page)


def _look_again(current: Session, may_change: bool) -> None:
    """Set the timer: what is shown goes along with a run that trains."""
    every: float | None = None
    if is_waiting():
        every = WAITING_SECONDS
    elif may_change:
        every = paced(_MOVING if current.is_moving else _AWAITING)
    if every != _POLLS.get():
        _POLLS.set(every)
        look_again(every)


def _draw_framing(asked: Asked) -> tuple[bool, Ground]:
    """Draw how what is drawn becomes an image; return whether it is framed, and its ground."""
    if asked.framing:
        rule = _RULES[asked.framing].format(label=plain(asked.entry.label))
        is_framed = st.toggle(
            "Centre and scale it", True, key="try-framing", persist_state="session",
            help=f"What is drawn is {rule}. Without, the network sees the whole square made small: "
            "see how much it fails then, though a person reads it as well.",
        )  # fmt: skip
        return is_framed, "black"
    chosen = st.segmented_control(
        "Draw on", ["black", "white"], default="white", required=True, key="try-ground",
        persist_state="session",
    )  # fmt: skip
    return True, "white" if chosen == "white" else "black"


def _draw_inputs(ground: Ground, is_page: bool) -> Sequence[Input]:
    drawing_now = draw_canvas(CANVAS, ground=ground, size=_LARGE if is_page else _SIZE)
    return () if drawing_now.is_empty else (Drawn(drawing_now, ground),)


def _draw_said(
    asked: Asked,
    inputs: Sequence[Input],
    is_framed: bool,
    number: int,
    is_page: bool,
    shows_evidence: bool,
) -> None:
    """Draw what one network says of the inputs."""
    if asked.name:
        st.markdown(f"**{plain(asked.name)}**")
    if problem := problem_of(asked):
        st.info(plain(problem), icon=":material/info:")
        return
    if not inputs:
        st.caption("Draw on the left: the bars appear at the end of each stroke.")
        return
    framing: Framing = asked.framing if is_framed else ""
    images = np.stack([each.pixels(asked.shape, framing) for each in inputs])
    question = SayOfImages(asked.network, asked.epoch, packed(images))
    found = answer_to(question, f"try-{number}", is_kept=False)
    if found is None:
        return
    shares = found.shares[0]
    names = asked.class_names(len(shares[0]))
    if len(images) == 1:
        draw_bars(images[0], shares[0], names, is_large=is_page)
    elif len(images) == len(shares):  # else these are the answers to what was here before
        draw_table([each.name for each in inputs], images, shares, names)
    st.caption(weights_text(found.epochs[0], asked.epoch))
    if shows_evidence:
        looked = WhatItLooksAt(asked.network, 0, image=packed(images[:1]))
        evidence = answer_to(looked, f"try-evidence-{number}", is_kept=False)
        if evidence:
            draw_evidence(evidence, names, png_uri(images[0]), asked.epoch)
