"""Luggage: what goes to a node with a command: files of runs, data sets, and the playground."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from playground.errors import PlaygroundError
from playground.run import datasets
from playground.run.folder import RunFolder
from playground.run.home import home
from playground.run.protocol import Message
from playground.run.transfer import files_of, load, needed, run_place, state_of, unpack

_OVER = ("finished", "stopped", "failed", "interrupted")


class Luggage:
    """Remembers what its node has, so that nothing travels twice."""

    def __init__(self) -> None:
        self._there: dict[Path, tuple[int, int]] = {}
        self._sets: dict[str, tuple[object, str]] = {}  # by name: its files' states and fingerprint

    def pack(self, command: Message) -> Message:
        """Return a command with the files of runs that its node lacks."""
        files = []
        for place in needed(command):
            for file in files_of(place):
                if self._there.get(file) != (state := state_of(file)):
                    files.append(load(place, file))
                    self._there[file] = state
        return {**command, "files": files} if files else command

    def unpack(self, event: Message) -> None:
        """Write down a file that came from the node; one that does not belong here is not kept."""
        try:
            unpack(event)
            file = home() / event["place"] / event["name"]
            self._there[file] = state_of(file)
        except (OSError, ValueError, PlaygroundError) as error:  # the run goes on without it
            logging.getLogger(__name__).warning("a file of a node is not kept: %s", error)

    def drop(self, event: Message) -> Message | None:
        """Return the command to drop a run's files, which are all here, where it is over."""
        if event["event"] not in _OVER or "run" not in event:
            return None
        place = run_place(event["run"])
        for file in [file for file in self._there if file.parent == home() / place]:
            del self._there[file]
        return {"drop": place}

    def send_sets(
        self,
        command: Message,
        lacks: Callable[[str, str], bool],
        send: Callable[[str, str, dict[str, bytes]], None],
    ) -> None:
        """Send the data sets that a command is about, where they are files that its node lacks.

        What a node has of one is told by a fingerprint of its files.
        """
        for name in _datasets_of(command):
            root, files = datasets.files_of(name)
            states = [(str(file), state_of(file)) for file in files]
            known, fingerprint = self._sets.get(name, (None, ""))
            if not files or known == states:
                continue
            content = {str(file.relative_to(root)): file.read_bytes() for file in files}
            fingerprint = _fingerprint(content)
            if lacks(name, fingerprint):
                send(name, fingerprint, content)
            self._sets[name] = states, fingerprint


def playground() -> bytes:
    """Return the package as a zip file, the same bytes for the same files."""
    package = Path(__file__).parents[1]
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(package.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                name = zipfile.ZipInfo(file.relative_to(package.parent).as_posix())
                archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _datasets_of(command: Message) -> set[str]:
    """Return the names of the data sets that a command is about, itself or through its runs."""
    names = set(_named(command))
    for place in needed(command):
        with suppress(OSError, ValueError):
            document = RunFolder(home() / place).document
            names |= set(_named(json.loads(document.read_bytes())))
    return names


def _named(value: object) -> Iterator[str]:
    """Find every "dataset" in JSON, at any depth."""
    if isinstance(value, dict):
        if isinstance(name := value.get("dataset"), str):
            yield name
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _fingerprint(content: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, part in content.items():
        digest.update(f"{path}:{len(part)}:".encode())
        digest.update(part)
    return digest.hexdigest()[:20]
