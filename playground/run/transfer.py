"""Transfer: files of runs and image sets as messages, for a worker that shares no disk with us.

In JSON lines their bytes are base64; where messages are objects, as in Ray, they stay bytes.
"""

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


def needed(command: Message) -> list[str]:
    """Return the places whose files a command cannot do without."""
    runs: list[object] = []
    match command:
        case {"command": "start", "run": run_id, "begin": {"resumes": resumes, **begin}}:
            runs = [run_id if resumes else None, begin.get("parent")]
        case {"inputs": {"run": run_id}}:
            runs = [run_id]
    return [run_place(run_id) for run_id in runs if isinstance(run_id, str) and run_id]


def state_of(file: Path) -> tuple[int, int]:
    """Return when a file was written and its size, to tell whether it has changed."""
    found = file.stat()
    return found.st_mtime_ns, found.st_size


def load(place: str, file: Path) -> Message:
    """Return a file as a message, its bytes as they are; raises `OSError`."""
    return {"place": place, "name": file.name, "data": file.read_bytes()}


def pack(place: str, file: Path) -> Message:
    """Return a file as a message for JSON; raises `OSError`."""
    message = load(place, file)
    return {**message, "data": b64encode(message["data"]).decode()}


def unpack(message: Message) -> None:
    """Write down a file that came as a message: a reader finds all of it or none.

    Raises `OSError`, and `PlaygroundError` for one that does not belong here: nothing is written
    outside its place.
    """
    place, name, data = (message.get(key) for key in ("place", "name", "data"))
    if not (
        isinstance(place, str)
        and isinstance(name, str)
        and isinstance(data, str | bytes)
        and _PLACE.fullmatch(place)
        and _NAME.fullmatch(name)
    ):
        raise PlaygroundError(f"{shorten(f'{place}/{name}')} is no file of a run.")
    with replacing(home() / place / name) as part:
        part.write_bytes(data if isinstance(data, bytes) else b64decode(data))
