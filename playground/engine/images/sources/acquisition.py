"""Archives fetched and unpacked by another process, watched by a generator that tells progress."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

from filelock import FileLock, Timeout

from playground.engine.images.sources.archives import Archive, Job
from playground.engine.machine.preparation import Preparation
from playground.errors import DatasetUnavailable
from playground.experiment import catalog
from playground.run.records import PreparationRecord

_POLL = 0.01  # seconds: short enough for the runs that take turns with this one


def alternatives() -> str:
    """Return the end of a sentence that offers the data sets that need no network."""
    built_in = catalog.DATASETS.built_in.values()
    labels = [entry.label for entry in built_in if not entry.needs_download]
    return f"or choose {' or '.join(labels)}, which need no download."


def acquire(label: str, archives: Sequence[Archive], lock: Path) -> Preparation[None]:
    """Fetch and unpack what is missing; of all who want it, one at a time holds the file `lock`.

    Closing the generator ends what is under way. Raises `DatasetUnavailable`.
    """
    held = FileLock(lock, thread_local=False)
    while not _acquired(held):
        message = f"Waiting for {label}, which another run is downloading"
        yield PreparationRecord(message, waiting=True)
    if all(archive.is_unpacked for archive in archives):
        held.release()
        return
    staging = archives[0].contents[0].with_name(f".fetching-{uuid.uuid4().hex[:12]}")
    state: dict[str, Any] = {"message": f"Looking for {label}", "total": 0}
    process = _start()
    assert process.stdin
    assert process.stdout
    listener = Thread(target=_listen, args=(process.stdout, state, held), daemon=True)
    listener.start()
    try:
        with suppress(BrokenPipeError):  # it has ended; its status tells
            process.stdin.write(pickle.dumps(Job(label, tuple(archives), staging)))
            process.stdin.flush()
        started = time.monotonic()
        while listener.is_alive():
            listener.join(_POLL)
            if not state["total"]:
                started = time.monotonic()
            received = sum(part.stat().st_size for part in staging.glob("*.gz"))
            yield _progress(state, received, time.monotonic() - started)
        if status := process.wait():
            failed = (
                f"{label} could not be downloaded: the process for it ended (status {status}). "
                "Try again"
            )
            raise DatasetUnavailable(f"{state.get('failed', failed)}, {alternatives()}")
    finally:
        process.kill()
        process.wait()
        listener.join()
        shutil.rmtree(staging, ignore_errors=True)


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        time.sleep(_POLL)
        return False
    except OSError:  # nothing can be written there: the process will find that too, and tell
        pass
    return True


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "playground.engine.images.sources.download"],
        stdin=subprocess.PIPE,  # held open by us alone: it closes however we end
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C is for us, and we end it
    )


def _listen(lines: IO[bytes], state: dict[str, Any], lock: FileLock) -> None:
    """Take down what the process says; a run that is paused holds the lock no longer than that."""
    with lines:
        for line in lines:
            state.update(json.loads(line))
    lock.release()


def _progress(state: dict[str, Any], received: int, elapsed: float) -> PreparationRecord:
    if not state["total"]:
        return PreparationRecord(state["message"], waiting=True)
    fraction = min(1.0, received / state["total"])
    left = elapsed * (1 - fraction) / fraction if fraction > 0 and elapsed >= 1 else None
    return PreparationRecord(state["message"], fraction, left, waiting=True)
