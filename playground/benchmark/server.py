"""The app as a person starts it: a server with all its state in a folder, ended with its block."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import Any
from urllib.request import urlopen

import psutil

from playground.errors import PlaygroundError
from playground.run.threads import WAITING

ROOT = Path(__file__).resolve().parents[2]
_LIMIT = 60.0  # seconds until a server answers
_END_LIMIT = 20.0  # seconds until it has ended

# What would change the app that is served, and what only our own process is to have.
_OWN_SETTINGS = {f"PLAYGROUND_{name}" for name in ("DATASETS", "MIRROR", "RESUME", "WORKERS")}
_OWN_SETTINGS |= WAITING.keys()


@dataclass(frozen=True)
class App:
    """A server of the app with its state in `home`; `outlived` is what did not end with it."""

    address: str
    process: psutil.Process
    home: Path
    environment: dict[str, str]
    ready_seconds: float
    outlived: list[str] = field(default_factory=list)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that train: one, or none while it starts."""
        return [child for child in self.process.children(recursive=True) if is_worker(child)]

    @property
    def worker(self) -> psutil.Process:
        """The process that trains; raises `PlaygroundError` where there is none."""
        for worker in self.workers():
            return worker
        raise PlaygroundError("The app that is measured has no worker: its log says why.")


@contextmanager
def serving(
    home: Path,
    *options: str,
    script: str = "streamlit_app.py",
    through: Sequence[str] = (),
    **settings: str,
) -> Iterator[App]:
    """Serve the app, or another `script`, with its state in `home` and these `settings` of its
    environment.

    `options` are Streamlit's; the command `through` is what starts it.
    """
    if not (ROOT / script).exists():
        raise PlaygroundError(
            f"{ROOT / script} is missing: run the benchmark in the app's own folder."
        )
    home.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:  # a port that nobody listens on
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if name not in _OWN_SETTINGS}
    environment = {**plain, "PLAYGROUND_HOME": str(home), **settings}
    command = [*through, sys.executable, "-m", "streamlit", "run", str(ROOT / script)]
    command += ["--server.headless", "true", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", *options]
    # In a session of its own: Ctrl-C is for the command, which ends this one.
    place: dict[str, Any] = {"cwd": ROOT, "env": environment, "start_new_session": True}
    log = home / "server.log"
    begin = time.perf_counter()
    before = psutil.Process().children()
    outlived: list[str] = []
    known: dict[int, psutil.Popen] = {}  # which learn their exit status
    try:
        with log.open("ab") as output:
            server = psutil.Popen(command, stdin=DEVNULL, stdout=output, stderr=STDOUT, **place)
        known[server.pid] = server
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, server, log)
        yield App(address, server, home, environment, time.perf_counter() - begin, outlived)
    finally:
        # A signal may come before Popen has returned: then nobody else knows the server.
        for child in set(psutil.Process().children()).difference(before):
            outlived += _end(known.get(child.pid, child))


def _end(server: psutil.Process) -> list[str]:
    """End the server; return those of its processes that did not go with it, ended too."""
    staying: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = [*server.children(recursive=True), server]
        server.terminate()  # the server alone: its worker has to end by itself
        _, staying = psutil.wait_procs(family, timeout=_END_LIMIT)
    names = [str(process) for process in staying]
    for process in staying:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(staying, timeout=5)
    return names


def _wait_until_healthy(address: str, server: psutil.Popen, log: Path) -> None:
    """Wait until a server answers; raises `PlaygroundError` where it ends or takes too long."""
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), urlopen(f"{address}/_stcore/health", timeout=5):
            return
        time.sleep(0.02)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise PlaygroundError(
        f"The app did not start within {_LIMIT:.0f} s: {''.join(last) or 'it said nothing'}"
    )


def is_worker(process: psutil.Process) -> bool:
    """Return whether a process trains for the app."""
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()[-3:] == ["-m", "playground", "worker"]
    return False
