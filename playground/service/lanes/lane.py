"""Lane: where runs are computed. Commands go down, events come up; a local process is one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Protocol

from playground.run import environment, protocol
from playground.run.home import home
from playground.run.protocol import Message

OnEvent = Callable[[Message], None]
OnEnd = Callable[[str], None]

_PACKAGE_ROOT = Path(__file__).resolve().parents[3]
_WORKER = [sys.executable, "-m", "playground", "worker"]
RAY_LANE = [sys.executable, "-m", "playground", "ray-lane"]
_OUT_OF_MEMORY = (
    "The process that trains was ended by the operating system because memory ran out: choose a "
    "smaller batch size, image size or network."
)

_SIGKILL = 9
_KILLS = (1, 2, _SIGKILL, 15)  # hang up, interrupt, kill, terminate: sent by people and systems


class Lane(Protocol):
    """Something that computes runs."""

    def send(self, command: Message) -> None:
        """Pass a command on, without waiting; one that has ended takes it and does nothing."""

    def kill(self) -> None:
        """End the lane at once, without waiting: it does not answer."""

    def close(self) -> None:
        """End the lane and all it computes."""


OpenLane = Callable[[OnEvent, OnEnd], Lane]


class LocalLane:
    """A worker process on this machine.

    `on_event` is called with every event, `on_end` once with a sentence on why the process ended;
    both from the lane's own thread. With `apart_at` it has that folder for its state, as a worker
    on another machine would have one of its own (see `ApartLane`). `program` is one that speaks
    as a worker does, for another to compute.
    """

    def __init__(
        self,
        on_event: OnEvent,
        on_end: OnEnd,
        apart_at: Path | None = None,
        program: Sequence[str] = (),
    ) -> None:
        self._on_event = on_event
        self._on_end = on_end
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._kills_before = _out_of_memory_kills()
        home().mkdir(parents=True, exist_ok=True)
        with (home() / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                program or ([*_WORKER, "--apart"] if apart_at else _WORKER),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(apart_at),
            )
        Thread(target=self._listen, daemon=True, name="lane").start()
        # A worker that does not read must not keep a page waiting.
        Thread(target=self._write, daemon=True, name="lane-commands").start()

    @property
    def process_id(self) -> int:
        """The id of the worker's process."""
        return self._process.pid

    def send(self, command: Message) -> None:
        """Pass a command on, without waiting; that the process has ended is told by `on_end`."""
        self._lines.put(protocol.encode(command).encode() + b"\n")

    def kill(self) -> None:
        """Kill the worker, without waiting."""
        self._process.kill()

    def close(self) -> None:
        """Let the worker end by closing its input; kill it where it does not."""
        self._lines.put(None)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self) -> None:
        with suppress(OSError), _pipe(self._process.stdin) as commands:
            for line in iter(self._lines.get, None):
                commands.write(line)
                commands.flush()

    def _listen(self) -> None:
        with _pipe(self._process.stdout) as events:
            for line in events:
                try:
                    self._on_event(protocol.decode(line))
                except Exception:  # one bad line must not silence the lane
                    logging.getLogger(__name__).exception("event %r", line[:200])
        self._lines.put(None)
        self._on_end(self._why_it_ended(self._process.wait()))

    def _why_it_ended(self, code: int) -> str:
        if code == -_SIGKILL and _out_of_memory_kills() > self._kills_before:
            return _OUT_OF_MEMORY
        if -code in _KILLS:
            return "The process that trains was killed from outside."
        if code < 0:
            return f"The process that trains crashed (signal {-code}); see worker.log."
        return f"The process that trains ended (status {code}); see worker.log."


def _environment(state: Path | None = None) -> dict[str, str]:
    """Return the worker's environment: ours, its state folder and its share of threads."""
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    share = str(max(1, (os.cpu_count() or 1) // workers()))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PLAYGROUND_HOME": str(state or home()),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # lets cuBLAS be deterministic
        "PYTHONUNBUFFERED": "1",
        **({"PLAYGROUND_THREADS": share} if workers() > 1 else {}),
    }


def workers() -> int:
    """Return how many processes are to train: `PLAYGROUND_WORKERS`, one where it is not set."""
    return environment.whole_number("PLAYGROUND_WORKERS", 1, most=64)


def _out_of_memory_kills() -> int:
    """Return how many processes the kernel has ended for lack of memory; 0 where it cannot tell."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "the worker was started with pipes"
    return stream
