"""Signals of the benchmark: an end that leaves no process behind, and children that are deaf."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

_ENDS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
]  # Windows has no SIGHUP


@contextmanager
def orderly_end() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise `SystemExit(128 + number)`, so that every block is left.

    What the parent ignores, as nohup does, stays ignored. Python takes signals in the main thread
    alone; elsewhere nothing changes.
    """
    if current_thread() is not main_thread():
        yield
        return
    heard = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]

    def end(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_IGN)  # a second one must not cut the cleaning short
        raise SystemExit(128 + number)

    before = [(number, signal.signal(number, end)) for number in heard]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let processes that are started in the block ignore Ctrl-C from their very start.

    It reaches all processes of a terminal, and is for the command, which ends the others.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
