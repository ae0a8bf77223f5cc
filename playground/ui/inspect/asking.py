"""Asking: what the network says, drawn as it comes; until then the last answer stays."""

from __future__ import annotations

from time import monotonic
from typing import TypeVar

import streamlit as st

from playground.run.network_looks import NetworkAt
from playground.run.questions import Question
from playground.service import RunSnapshot, service
from playground.ui.inspect.look import Look
from playground.ui.plain import plain
from playground.ui.state import Key
from playground.ui.waiting import draw_progress

T = TypeVar("T")

WAITING_SECONDS = 0.4
"""Between two looks while an answer is awaited."""

_PATIENCE = 0.2  # seconds that a page is held up: most answers take a tenth of that
_AWAITED: Key[float] = Key("inspect-awaited")  # when an answer was missing, on the monotonic clock


def is_waiting() -> bool:
    """Whether a view awaits an answer, or did a moment ago."""
    return monotonic() - (_AWAITED.get() or -1e9) < 3 * WAITING_SECONDS


def note_waiting() -> None:
    """Note that an answer is missing: the page looks again soon."""
    _AWAITED.set(monotonic())


def network_at(look: Look) -> NetworkAt:
    """Return the network to ask: that of the run and the epoch looked at."""
    return network_of(look.snapshot, look.epoch)


def network_of(snapshot: RunSnapshot, epoch: int) -> NetworkAt:
    """Return the network of a run after an epoch."""
    fingerprint = snapshot.started.data_fingerprint if snapshot.started else ""
    return NetworkAt(snapshot.run_id, epoch, snapshot.experiment, fingerprint)


def answer_to(question: Question[T], where: str, *, is_kept: bool = True) -> T | None:
    """Return the answer; while it is under way the last one of this place, if it has one.

    Draws how far it is, or why there is none; what nobody waits for any more is not computed. The
    answers to questions that hardly come again, and are large, are not kept beyond the next one.
    """
    inquiries = service().inquiries
    asked: Key[Question[T]] = Key(f"inspect-asked-{where}")
    answered: Key[Question[T]] = Key(f"inspect-answered-{where}")
    before = asked.get()
    if before is not None and before != question and not inquiries.known(before).is_ready:
        inquiries.cancel(before)
        inquiries.forget(before)
    asked.set(question)
    answer = inquiries.ask(question, _PATIENCE)
    if answer.result is not None:
        last = answered.get()
        if not is_kept and last is not None and last != question:
            inquiries.forget(last)
        answered.set(question)
        return answer.result
    if answer.refusal:
        st.warning(plain(answer.refusal), icon=":material/info:")
        return None
    note_waiting()
    draw_progress(answer.progress, "Asking the network")
    last = answered.get()
    return None if last is None else inquiries.known(last).result


def weights_text(epoch: int, wanted: int) -> str:
    """Return whose weights an answer is of, such as "Weights of epoch 4, the nearest kept."."""
    whose = f"Weights of epoch {epoch}" if epoch else "The untrained network"
    return f"{whose}." if epoch == wanted else f"{whose}, the nearest kept to epoch {wanted}."
