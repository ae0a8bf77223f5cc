"""Output: what is printed cannot fail a command: nobody may read it, the disk may be full."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EPIPE
from io import TextIOWrapper
from typing import Any, TextIO, cast

_FAILURES = (OSError, ValueError)  # a closed pipe, a full disk; a stream that is closed


class Output:
    """A text stream that never raises: what cannot be written now is lost, the next is tried.

    `lost` is why, where it was not that nobody reads on.
    """

    def __init__(self, stream: TextIO) -> None:
        self.lost = ""
        self._stream = stream
        if isinstance(self._stream, TextIOWrapper):
            self._stream.reconfigure(errors="replace")  # a terminal may know few characters

    def write(self, text: str) -> int:
        """Write what can be written."""
        with self._noted():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what is held back, if it is taken."""
        with self._noted():
            self._stream.flush()

    def rest(self) -> None:
        """Pass on the last of it; what is not taken now would fail the end of the process."""
        try:
            self._stream.flush()
        except _FAILURES as error:
            self._note(error)
            with suppress(*_FAILURES):
                _open_nothing(self._stream.fileno())

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
            self._note(error)

    def _note(self, error: Exception) -> None:
        if isinstance(error, OSError) and error.errno != EPIPE:
            self.lost = error.strerror or type(error).__name__

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
        out, err = mine
        out.rest()
        if out.lost:
            err.write(f"Not all that was printed could be written: {out.lost}.\n")
        err.rest()
        sys.stdout, sys.stderr = before


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _open_nothing(number: int) -> None:
    """Let the file of this number lead nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, number)  # which lets it be inherited as well
    if nothing != number:
        os.close(nothing)
