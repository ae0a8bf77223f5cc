"""Asking for the last hidden layer: which epochs, what is under way, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from playground.run.artifacts import WEIGHTS
from playground.run.folder import RunFolder
from playground.run.last_layer import LastLayer, LastLayerQuestion, Method
from playground.service import service
from playground.ui.inspect.asking import note_waiting
from playground.ui.inspect.look import Look
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.waiting import draw_progress

_PATIENCE = 0.1  # seconds; other pages wait for this one's turn
_GROWTH = 1.5  # of a run that goes on, the map is drawn anew when so many times the epochs are kept
_MOST_BY_TSNE = 12  # epochs, each a second or so
_ONE: Key[LastLayerQuestion] = Key("inspect-layer-one")  # the last that was of one image


@dataclass(frozen=True, slots=True)
class _Asked:
    """The epochs of a run that are asked for, none where nothing is; and those drawn before."""

    run: str
    epochs: tuple[int, ...]
    drawn: tuple[int, ...] = ()


def kept_epochs(look: Look) -> tuple[int, ...]:
    """Return the epochs whose network is known: the untrained one, and those of kept weights."""
    first = [0] if 0 in look.whole.epochs else []  # what goes on from another run began there
    last = look.whole.epochs[-1]
    kept = [epoch for epoch in RunFolder.of(look.run_id).epochs(WEIGHTS) if epoch <= last]
    return (*first, *kept)


def place_of(found: LastLayer, epoch: int) -> int:
    """Return which of the epochs is the latest up to `epoch`; the first where all are later."""
    return max(0, sum(each <= epoch for each in found.epochs) - 1)


def latest_kept(kept: tuple[int, ...], epoch: int) -> int:
    """Return the latest of the kept epochs up to `epoch`; the first where all are later."""
    return max((each for each in kept if each <= epoch), default=kept[0])


def last_layer(look: Look, method: Method, kept: tuple[int, ...]) -> LastLayer | None:
    """Return the answer, drawing how far it is; None where there is none to show meanwhile.

    By PCA it is asked for at once, and anew as a run goes on; by t-SNE when a button is pressed.
    """
    key: Key[_Asked] = Key(f"inspect-map-{method}")
    wanted = kept if method == "PCA" else _some(kept)
    asked = key.get()
    if asked is None or asked.run != look.run_id:
        asked = _Asked(look.run_id, wanted if method == "PCA" else ())
    elif method == "PCA" and asked.epochs and _is_old(look, asked.epochs, wanted):
        asked = _Asked(look.run_id, wanted, asked.drawn)
    key.set(asked)
    inquiries = service().inquiries
    before = inquiries.known(_question(look, method, asked.drawn)).result if asked.drawn else None
    if not asked.epochs:
        _offer(look, method, wanted, asked)
        return before
    question = _question(look, method, asked.epochs)
    answer = inquiries.ask(question, _PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
        return before
    if answer.result is None:
        _draw_progress(question, key)
        if before is None:
            st.skeleton(400)
        return before
    if asked.drawn != asked.epochs:
        if asked.drawn:
            inquiries.forget(_question(look, method, asked.drawn))
        asked = _Asked(look.run_id, asked.epochs, asked.epochs)
        key.set(asked)
    if method == "t-SNE" and wanted != asked.epochs:
        _offer(look, method, wanted, asked)
    return answer.result


def neighbours_of(look: Look, image: int, epoch: int) -> LastLayer | None:
    """Return the answer for one image after one epoch; draw what is in the way, and return None."""
    question, inquiries = _question(look, "PCA", (epoch,), image), service().inquiries
    before = _ONE.get()
    if before and before != question and not inquiries.known(before).is_ready:
        inquiries.cancel(before)  # nobody waits for it any more
        inquiries.forget(before)
    _ONE.set(question)
    answer = inquiries.ask(question, _PATIENCE)
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
    elif answer.result is None:
        _draw_progress(question)
    return answer.result


def forget_neighbours(look: Look, image: int, epoch: int) -> None:
    """Ask anew what is near to what, as where the training images have gone from the disk."""
    asked = Key[_Asked]("inspect-map-PCA").get()
    if asked:
        service().inquiries.forget(_question(look, "PCA", asked.epochs))
    service().inquiries.forget(_question(look, "PCA", (epoch,), image))


def _question(
    look: Look, method: Method, epochs: tuple[int, ...], image: int | None = None
) -> LastLayerQuestion:
    started = look.snapshot.started
    fingerprint = started.data_fingerprint if started else ""
    return LastLayerQuestion(
        look.run_id, look.snapshot.experiment, fingerprint, epochs, method, image
    )


def _is_old(look: Look, epochs: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    if look.snapshot.status.is_over:
        return epochs != wanted
    return len(wanted) >= _GROWTH * len(epochs)


def _some(kept: tuple[int, ...]) -> tuple[int, ...]:
    """Return epochs spread over those that are kept, the first and the last always."""
    count = min(len(kept), _MOST_BY_TSNE)
    return tuple(kept[place] for place in np.linspace(0, len(kept) - 1, count).round().astype(int))


def _offer(look: Look, method: Method, wanted: tuple[int, ...], asked: _Asked) -> None:
    """Draw the button that asks for a map."""
    again = " again, with the newest epochs" if asked.epochs else ""
    epochs = "1 epoch" if len(wanted) == 1 else f"{len(wanted)} epochs"
    label = f"Compute {method}{again} ({epochs})"
    doing: dict[str, Any] = {"on_click": _begin, "args": (look, method, wanted, asked)}
    st.button(label, key=f"inspect-compute-{method}", icon=":material/scatter_plot:", **doing)


def _begin(look: Look, method: Method, wanted: tuple[int, ...], asked: _Asked) -> None:
    Key[_Asked](f"inspect-map-{method}").set(_Asked(look.run_id, wanted, asked.drawn))
    service().inquiries.retry(_question(look, method, wanted))


def _draw_progress(question: LastLayerQuestion, key: Key[_Asked] | None = None) -> None:
    """Draw how far an answer is, and let one that is kept under `key` be given up."""
    note_waiting()
    draw_progress(service().inquiries.known(question).progress)
    if key:
        doing: dict[str, Any] = {"on_click": _give_up, "args": (question, key)}
        st.button("Cancel", key=f"{key.name}-cancel", icon=":material/close:", **doing)


def _give_up(question: LastLayerQuestion, key: Key[_Asked]) -> None:
    service().inquiries.cancel(question)
    asked = key.get()
    key.set(_Asked(question.run, (), asked.drawn if asked else ()))
