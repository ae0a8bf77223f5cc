"""Seat: the actor. It travels by value, for a node has no playground until it brings one."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import ray


class Seat:
    """Unpacks the playground on its node, and holds a worker there."""

    def __init__(self, code: bytes, settings: dict[str, str], threads: int) -> None:
        folder = _unpack(code)
        os.environ.update(settings)
        from playground.worker.node import Node

        self._node = Node(folder, threads)

    def obey(self, command: dict[str, Any]) -> None:
        """Take a command; its files are bytes."""
        self._node.obey(command)

    def lacks(self, name: str, fingerprint: str) -> bool:
        """Whether the files of a data set have to be sent to this node."""
        return self._node.lacks(name, fingerprint)

    def keep(self, name: str, fingerprint: str, files: dict[str, bytes]) -> None:
        """Keep the files of a data set for every seat of this node, by their paths."""
        self._node.keep(name, fingerprint, files)

    @ray.method(concurrency_group="events")  # type: ignore[untyped-decorator]
    def events(self) -> list[dict[str, Any] | None]:
        """Wait for events; return those that there are, None behind the last one of all."""
        return self._node.events()

    def leave(self) -> None:
        """Remove what this seat has on its node's disk."""
        self._node.leave()


def call(code: bytes, settings: dict[str, str], module: str, name: str, *inputs: Any) -> Any:
    """Call a function of the playground on a node, in a home that is removed afterwards."""
    folder = _unpack(code)
    os.environ.update(settings)
    os.environ.setdefault("PLAYGROUND_DATASETS", str(folder / "datasets"))
    with tempfile.TemporaryDirectory(dir=folder) as home:
        os.environ.update(PLAYGROUND_HOME=home)
        return getattr(import_module(module), name)(*inputs)


def _unpack(code: bytes) -> Path:
    """Let Python find the playground that came along; return this person's folder on the node."""
    folder = _own_folder()
    place = folder / "code" / hashlib.sha256(code).hexdigest()[:20]
    if not place.is_dir():
        place.parent.mkdir(exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=place.parent))
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(part)
        try:
            part.rename(place)
        except OSError:  # another seat of this node was faster
            if not place.is_dir():
                raise
    sys.path.insert(0, str(place))  # before whatever else is called playground here
    return folder


def _own_folder() -> Path:
    """Return the folder of this person's seats on this node; nobody else may write to it."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"playground-node-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != user or state.st_mode & 0o022:
        return Path(tempfile.mkdtemp(prefix="playground-node-"))
    return folder
