"""Transfer: files of runs and image sets as messages, for a worker that shares no disk with us."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from pathlib import Path

from playground.errors import PlaygroundError, shorten
from playground.run.home import home
from playground.run.part_files import replacing
from playground.run.protocol import Message

# The folders and files that travel; what a run is said to be (`run.json`) and who may write it
# (`fence`) stay where they are.
_PLACE = re.compile(r"(runs|validation|training|samples)/[A-Za-z0-9_-]{1,100}")
_NAME = re.compile(r"(checkpoint(-[a-z]+)?\.pt|[a-z]+(-\d+)?\.np[yz]|test_openings\.json)")


def run_place(run_id: str) -> str:
    """Return the place of a run's files."""
    return f"runs/{run_id}"


def files_of(place: str) -> list[Path]:
    """Return the files of a place that travel, in order; none of what is no place."""
    folder = home() / place
    if not _PLACE.fullmatch(place) or not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if _NAME.fullmatch(file.name))


def pack(place: str, file: Path) -> Message:
    """Return a file as a message; raises `OSError`."""
    return {"place": place, "name": file.name, "data": b64encode(file.read_bytes()).decode()}


def unpack(message: Message) -> None:
    """Write down a file that came as a message: a reader finds all of it or none.

    Raises `OSError`, and `PlaygroundError` for one that does not belong here: nothing is written
    outside its place.
    """
    place, name, data = (message.get(key) for key in ("place", "name", "data"))
    if not (
        isinstance(place, str)
        and isinstance(name, str)
        and isinstance(data, str)
        and _PLACE.fullmatch(place)
        and _NAME.fullmatch(name)
    ):
        raise PlaygroundError(f"{shorten(f'{place}/{name}')} is no file of a run.")
    with replacing(home() / place / name) as part:
        part.write_bytes(b64decode(data))
