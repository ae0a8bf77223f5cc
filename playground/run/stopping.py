"""Stopping: how any process asks the one that has a run under way to end it.

A file in the run's folder, with the claim that is to end: whoever holds it looks there, and one
that has claimed the run later, to go on with it, was not meant.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from playground.run.folder import RunFolder
from playground.run.part_files import write_whole

_LONGEST = 32  # bytes: more than any claim has


def ask_to_stop(folder: Path, claim: int) -> None:
    """Ask whoever holds the `claim` on the run of a folder to end it; raises `OSError`."""
    if not is_asked_to_stop(folder, claim):
        write_whole(RunFolder(folder).stop_request, str(claim).encode())


def is_asked_to_stop(folder: Path, claim: int) -> bool:
    """Whether the holder of the `claim` is to end the run; what was asked of one before goes."""
    file = RunFolder(folder).stop_request
    try:
        if not file.is_file():  # what is no file could keep whoever reads it waiting
            return False
        with file.open("rb") as stream:
            asked = stream.read(_LONGEST)
    except OSError:
        return False
    if asked == str(claim).encode():
        return True
    with suppress(OSError):
        file.unlink()
    return False
