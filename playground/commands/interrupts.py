"""Interrupts: Ctrl-C ends a run after the batch under way, and everything else at once.

No `KeyboardInterrupt` is raised: thrown into the loading of a library it comes out as any error,
with a traceback, or is swallowed. What the parent ignores, as nohup does, stays ignored.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

# As shells tell of a program that Ctrl-C has ended: what should follow on success does not.
STATUS = 130

_Handler = Callable[[int, FrameType | None], object] | int | None


def begin() -> None:
    """Let Ctrl-C end this process from now on."""
    _set(_end_process)


def ignore() -> None:
    """Let Ctrl-C do nothing from now on."""
    _set(signal.SIG_IGN)


@contextmanager
def contained() -> Iterator[None]:
    """Leave Ctrl-C as it was to a caller; a process that has called `begin` only has to end."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is _end_process:
            ignore()
        else:
            with suppress(ValueError):
                signal.signal(signal.SIGINT, before)


@contextmanager
def at_once(farewell: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C call `farewell` and end the process within the block."""

    def end(*_: object) -> None:
        farewell()
        _leave("")

    before = _set(end)
    try:
        yield
    finally:
        _set(before)


class Interruption:
    """Within its block Ctrl-C only asks; a second one ends the process, with `farewell` said.

    After the block there is nothing left to interrupt.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.farewell = "Stopped at once.\n"

    def __enter__(self) -> Interruption:
        _set(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        ignore()

    def _hear(self, *_: object) -> None:
        if self.is_asked:
            _leave(self.farewell)
        self.is_asked = True


def _end_process(*_: object) -> None:
    _leave("Stopped.\n")


def _leave(words: str) -> None:
    """End here and now. The store survives that, as it does a kill."""
    with suppress(Exception):  # it may be writing just now
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, words.encode())
    os._exit(STATUS)


def _set(handler: _Handler) -> _Handler:
    """Set the handler of Ctrl-C, unless it is ignored; return the one before."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        with suppress(ValueError):  # only the main thread is interrupted
            signal.signal(signal.SIGINT, handler)
    return before
