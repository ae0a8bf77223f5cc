"""Output: what is printed cannot fail a command: nobody may read it, the disk may be full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO, cast

_FAILURES = (OSError, ValueError)  # a closed pipe, a full disk; a stream that is closed


class Output:
    """A text stream that never raises: what cannot be written now is lost, the next is tried."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if isinstance(self._stream, TextIOWrapper):
            self._stream.reconfigure(errors="replace")  # a terminal may know few characters

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(*_FAILURES):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what is held back, if it is taken."""
        with suppress(*_FAILURES):
            self._stream.flush()

    def rest(self) -> None:
        """Pass on the last of it; what is not taken now would fail the end of the process."""
        try:
            self._stream.flush()
        except _FAILURES:
            with suppress(*_FAILURES):
                _open_nothing(self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def unfailing() -> Iterator[None]:
    """Let nothing that is printed within the block raise; to be entered before files are opened.

    Streams that were closed by whoever started us (`>&-`) lead nowhere: else the next file that is
    opened would get their number, and with it what libraries print.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _open_nothing(number)
    sys.stdin = sys.stdin or os.fdopen(0)
    before = sys.stdout, sys.stderr
    mine = [Output(_nowhere() if stream is None or stream.closed else stream) for stream in before]
    sys.stdout, sys.stderr = cast(list[TextIO], mine)
    try:
        yield
    finally:
        for each in mine:
            each.rest()
        sys.stdout, sys.stderr = before


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _open_nothing(number: int) -> None:
    """Let the file of this number lead nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, number)  # which lets it be inherited as well
    if nothing != number:
        os.close(nothing)
