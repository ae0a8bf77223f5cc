"""Pacing: a class that looks on must not drown the server that it looks at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from threading import Semaphore
from time import monotonic

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    ThreadState,
    get_script_run_ctx,
)

# Of the threads that draw pages, one computes at a time: they would only take the interpreter
# from each other, and from the thread that sends what they have drawn. With thirty pages, looks
# took 0.13 s instead of 0.41 s in the median.
_turn = Semaphore(1)

# Whoever has waited so long draws all the same: what holds a page up must not hold up all others.
_LONGEST_WAIT = 1.0  # seconds

# A thread that computes lets others have the interpreter after this time. With Python's 5 ms the
# thread that sends waits that long for every message, and thirty pages starve.
_SWITCH_SECONDS = 0.0005

_WATCHERS_SECONDS = 4.0  # a page that has not looked for so long is not counted
_SHARE = 0.04  # seconds between two looks for each page that looks on, at least
_TIMES = 2.5  # and this many times what drawing takes here and now: most of the time is for clicks
_LONGEST_PACE = 5.0  # seconds
_LEARNS = 0.05  # how much each drawing counts in the mean

_cost = [0.0]  # seconds that a page takes to draw, as of late
_looks: dict[int, float] = {}  # when each page looked last, on the monotonic clock


def favour_answers() -> None:
    """Let answers to browsers go out while pages are being drawn."""
    sys.setswitchinterval(_SWITCH_SECONDS)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw what the block draws while no other page computes."""
    has_turn = _turn.acquire(timeout=_LONGEST_WAIT)
    begun = monotonic()
    try:
        yield
    finally:
        if has_turn:
            _cost[0] += _LEARNS * (monotonic() - begun - _cost[0])
            _turn.release()


def note_look(page: object) -> None:
    """Count `page` among those that look on, for a while."""
    now = monotonic()
    _looks[id(page)] = now
    for other, at in list(_looks.items()):
        if now - at > _WATCHERS_SECONDS:
            _looks.pop(other, None)


def paced(seconds: float) -> float:
    """Return the time between two looks of a page: `seconds`, or longer while many look on."""
    each = max(_SHARE, _TIMES * _cost[0])
    return max(seconds, ceil(min(each * len(_looks), _LONGEST_PACE) * 2) / 2)


def look_again(every: float | None) -> None:
    """Set the timer of the fragment being drawn: seconds between its looks, None for no more.

    `st.fragment(run_every=…)` says this in a run of the whole page alone, which costs a class that
    starts, pauses and ends its runs twice the time of all their looks.
    """
    context, fragment = get_script_run_ctx(), ThreadState.get().fragment_id
    if context is None or fragment is None:
        return
    message = ForwardMsg()
    if every is None:
        message.stop_auto_rerun.fragment_ids.append(fragment)
    else:
        message.auto_rerun.fragment_id = fragment
        message.auto_rerun.interval = every
    context.enqueue(message)
