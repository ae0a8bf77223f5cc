"""Node: a worker in a process of a cluster: it is handed commands and asked for events."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path
from queue import Empty, Queue, SimpleQueue
from threading import Thread

from filelock import FileLock, Timeout

from playground.errors import PlaygroundError
from playground.run import datasets, threads
from playground.run.home import datasets_folder, home
from playground.run.part_files import replacing
from playground.run.protocol import Message
from playground.run.transfer import load
from playground.worker.mirror import Mirror
from playground.worker.process import serve

# As with a full pipe, a run waits where nobody fetches its events.
_MOST_EVENTS = 512

_PATIENCE = 10.0  # seconds without an event; then whoever waits asks anew


class Node:
    """The loop of a worker in a thread, with a home of its own below `folder`.

    What others of this node can use, such as data sets, lies in `folder` too. `count` is the
    number of threads that a run may use: with fewer cores its numbers would be others.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count
        self._lock = _new_home(folder / "lanes")
        own = str(Path(self._lock.lock_file).parent)
        os.environ.update(PLAYGROUND_HOME=own, PLAYGROUND_THREADS=str(count))
        os.environ.setdefault("PLAYGROUND_DATASETS", str(folder / "datasets"))
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        threads.choose_waiting(os.environ)
        datasets.follow()
        self._commands: SimpleQueue[Message | None] = SimpleQueue()
        self._events: Queue[Message | None] = Queue(_MOST_EVENTS)
        self._mirror = Mirror(self._events.put, load)
        logging.getLogger().addHandler(_Upwards(self._events))
        Thread(target=self._work, daemon=True, name="worker").start()

    def obey(self, command: Message) -> None:
        """Pass a command on, or drop the files of a run that is over here: {"drop": place}."""
        if place := command.get("drop"):
            shutil.rmtree(home() / place, ignore_errors=True)
            return
        try:
            self._commands.put(self._mirror.receive(command))
        except (OSError, PlaygroundError):
            logging.getLogger(__name__).warning("not obeyed: %s", command.get("command"))

    def events(self) -> list[Message | None]:
        """Wait for an event; return what has come, None behind the last one of all."""
        found: list[Message | None] = []
        try:
            found.append(self._events.get(timeout=_PATIENCE))
            while len(found) < _MOST_EVENTS:
                found.append(self._events.get_nowait())
        except Empty:
            pass
        return found

    def lacks(self, name: str, fingerprint: str) -> bool:
        """Whether a data set has to be sent; one that this node has is made use of."""
        if name not in datasets.published():
            return not self._link(name, fingerprint)
        return not datasets.is_here(name)

    def keep(self, name: str, fingerprint: str, files: dict[str, bytes]) -> None:
        """Write the files of a data set, by their paths below the folder of all sets."""
        own = name not in datasets.published()
        root = self._folder / "sets" / fingerprint if own else datasets_folder()
        for path, content in files.items():
            with replacing(root / path) as part:
                part.write_bytes(content)
        if own:
            (root / "whole").touch()
            self._link(name, fingerprint)

    def leave(self) -> None:
        """Remove this node's home; what others can use stays."""
        shutil.rmtree(home(), ignore_errors=True)

    def _link(self, name: str, fingerprint: str) -> bool:
        root = self._folder / "sets" / fingerprint
        if not (root / "whole").exists():
            return False
        link = home() / "own" / name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(root / name)
        return True

    def _work(self) -> None:
        try:
            if (here := _cores()) < self._count:
                self._events.put({"event": "broken", "message": _too_few(here, self._count)})
            else:
                serve(self._commands, self._mirror.emit)
        finally:
            self._events.put(None)


class _Upwards(logging.Handler):
    """Sends what is logged here up, as events, to where people look for it."""

    def __init__(self, events: Queue[Message | None]) -> None:
        super().__init__(logging.INFO)
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("playground") and not self._events.full():
            self._events.put({"event": "log", "text": self.format(record)})


def _new_home(lanes: Path) -> FileLock:
    """Make a home and hold its lock; remove those that nobody holds any more."""
    lanes.mkdir(parents=True, exist_ok=True)
    for left in lanes.iterdir():
        lock = FileLock(left / "lock")
        try:
            if (left / "lock").exists():
                with lock.acquire(blocking=False):
                    shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):  # somebody is there
            continue
    mine = FileLock(Path(tempfile.mkdtemp(dir=lanes)) / "lock")
    mine.acquire()
    return mine


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _too_few(here: int, count: int) -> str:
    return (
        f"A node of the Ray cluster offers {count} CPUs for a run and has {here}: with fewer "
        f"threads the numbers would be others. Set PLAYGROUND_THREADS to {here} or less, and start "
        "the app again."
    )
