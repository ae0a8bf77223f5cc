"""Try it: draw, or bring images, and see at once what the network says of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.drawing.framing import Framing, Ground
from playground.run.network_looks import SayOfImages, WhatItLooksAt
from playground.service import RunSnapshot, service
from playground.ui.inspect.asking import WAITING_SECONDS, answer_to, is_waiting, weights_text
from playground.ui.inspect.evidence import draw_evidence
from playground.ui.pacing import drawing, look_again, note_look, paced
from playground.ui.pictures import png_uri
from playground.ui.plain import plain
from playground.ui.session import Session
from playground.ui.state import TRAIN_PAGE, Key
from playground.ui.tryit.adding import draw_added, draw_adding
from playground.ui.tryit.answers import draw_bars, draw_table
from playground.ui.tryit.asked import Asked, choose_asked, problem_of
from playground.ui.tryit.inputs import Input, Pixels, packed
from playground.ui.tryit.sources import draw_inputs, draw_source_choice, draws, is_shown

_MOVING, _STILL = 1.0, 2.0  # seconds between two looks at a run that trains, or that may begin
_SIZE, _LARGE = 320, 520  # pixels of the canvas
_RULES = {
    "mass": "cropped, scaled into a box of 20×20 and centred by its mass in 28×28 pixels, as the "
    "images of {label} were made",
    "box": "cropped, scaled to fill the frame and centred, as the images of {label} were made",
    "blocks": "cropped and scaled to fill 32×32 dots, which are counted in blocks of 4×4, as the "
    "images of {label} were made",
}
_INVITATION = "Draw: the bars appear at the end of each stroke."
_BLACK: Ground = "black"
_POLLS: Key[float | None] = Key("try-polls")


def draw_try_it(current: Session, *, is_page: bool = False) -> None:
    """Draw the panel, a part that is drawn anew by itself; on a page of its own it is large."""
    _POLLS.forget()  # a whole page takes the timers of its parts away
    st.fragment(_draw, key="try-it")(current, is_page=is_page)


@drawing()
def _draw(current: Session, *, is_page: bool) -> None:
    if is_page:
        st.markdown("### Try it")
    elif not st.toggle(
        "Try it: show the network something of your own", key="try-open", persist_state="session"
    ):  # closed it costs a class nothing: it need not look again
        _set_timer(None)
        return
    note_look(current)
    snapshot = current.refresh()
    if snapshot and snapshot.epochs:
        _draw_panel(current, snapshot, is_page)
        may_change = is_shown()
    else:
        _draw_waiting(snapshot, is_page)
        may_change = not is_page or snapshot is not None
    _look_again(current, may_change)


def _draw_waiting(snapshot: RunSnapshot | None, is_page: bool) -> None:
    """Draw why there is no network to ask yet, and where to get one."""
    if snapshot and not snapshot.status.is_over:
        st.info("The network is asked here once it has trained its first epoch.")
    elif not is_page:
        st.caption("Once a network is trained, draw here and see what it says.")
    else:
        st.info("There is no network to try yet: train one, then come back and draw.")
        st.page_link(TRAIN_PAGE, label="Train a network", icon=":material/play_arrow:")


def _look_again(current: Session, may_change: bool) -> None:
    """Set the timer: what is shown goes along with a run that trains."""
    every: float | None = None
    if is_waiting():
        every = WAITING_SECONDS
    elif may_change:
        every = paced(_MOVING if current.is_moving else _STILL)
    _set_timer(every)


def _set_timer(every: float | None) -> None:
    if every != _POLLS.get():
        _POLLS.set(every)
        look_again(every)


def _draw_panel(current: Session, snapshot: RunSnapshot, is_page: bool) -> None:
    draw_added()
    left, right = st.columns([5, 7] if is_page else [4, 7], gap="large")
    # Below what is drawn and said, and yet first: the choices decide both.
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="medium", key="try-choices"
    ):
        asked = choose_asked(current, snapshot)
        problems = [problem_of(each) for each in asked]
        is_framed, ground = (True, _BLACK) if problems[0] else _draw_framing(asked[0])
        shows_evidence = st.toggle(
            "What it looks at", key="try-evidence", persist_state="session",
            help="Which pixels speak for the class that it says, by the methods of Inspect.",
        )  # fmt: skip
    if problems[0]:
        with left:
            st.info(plain(problems[0]), icon=":material/info:")
        return
    with left:
        draw_source_choice()
        inputs = draw_inputs(ground, _LARGE if is_page else _SIZE)
    with right:
        for number, (each, problem) in enumerate(zip(asked, problems, strict=True)):
            if each.name:
                st.markdown(f"**{plain(each.name)}**")
            if problem:
                st.info(plain(problem), icon=":material/info:")
            elif not inputs:
                if is_page:
                    _prepare(each)
                st.caption(_INVITATION if draws() else "What the network says appears here.")
            else:
                framing: Framing = each.framing if is_framed else ""
                images = np.stack([one.pixels(each.shape, framing) for one in inputs])
                shares = _draw_said(each, inputs, images, number, is_page)
                if shares and shows_evidence:
                    _draw_evidence(each, images, number)
                if shares and not number:
                    draw_adding(current, each, inputs, shares)


def _draw_framing(asked: Asked) -> tuple[bool, Ground]:
    """Draw how what is shown becomes an image; return whether it is framed, and its ground."""
    if asked.framing:
        rule = _RULES[asked.framing].format(label=plain(asked.entry.label))
        is_framed = st.toggle(
            "Centre and scale it", True, key="try-framing", persist_state="session",
            help=f"What is shown is {rule}. Without, the network sees the whole square made small: "
            "see how often it fails then, though a person reads it as well.",
        )  # fmt: skip
        return is_framed, "black"
    if not draws():
        return True, "black"
    chosen = st.segmented_control(
        "Draw on", ["black", "white"], default="white", required=True, key="try-ground",
        persist_state="session",
    )  # fmt: skip
    return True, "white" if chosen == "white" else "black"


def _prepare(asked: Asked) -> None:
    """Have the network asked about nothing: who comes to draw finds its images prepared."""
    nothing = packed(np.zeros((1, *asked.shape), dtype=np.uint8))
    service().inquiries.ask(SayOfImages(asked.network, asked.epoch, nothing))


def _draw_said(
    asked: Asked, inputs: Sequence[Input], images: Pixels, number: int, is_page: bool
) -> tuple[tuple[float, ...], ...]:
    """Draw what a network says of images `[K, C, H, W]`; return it, `[K][classes]`, once known."""
    question = SayOfImages(asked.network, asked.epoch, packed(images))
    found = answer_to(question, f"try-{number}", is_kept=False)
    if found is None:
        return ()
    shares = found.shares[0]
    is_stale = not service().inquiries.known(question).is_ready  # said of what was shown before
    if is_stale and len(shares) != len(images):
        return ()
    names = asked.class_names(len(shares[0]))
    if len(images) == 1:
        draw_bars(images[0], shares[0], names, is_large=is_page, is_stale=is_stale)
    else:
        draw_table([each.name for each in inputs], images, shares, names)
    st.caption(weights_text(found.epochs[0], asked.epoch))
    return () if is_stale else shares


def _draw_evidence(asked: Asked, images: Pixels, number: int) -> None:
    """Draw what the network looks at in the first of the images."""
    question = WhatItLooksAt(asked.network, 0, image=packed(images[:1]))
    evidence = answer_to(question, f"try-evidence-{number}", is_kept=False)
    if evidence:
        names = asked.class_names(evidence.target + 1)
        draw_evidence(evidence, names, png_uri(images[0]), asked.epoch, is_shown=False)
