"""The app as a person starts it, for the benchmark: a server with an empty state folder."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from urllib.request import urlopen

import psutil

from playground.errors import PlaygroundError

ROOT = Path(__file__).resolve().parents[2]
_LIMIT = 60.0  # seconds until a server answers

# What would change the app that is measured, and what only our own process is to have.
_OWN_SETTINGS = {
    "PLAYGROUND_DATASETS",
    "PLAYGROUND_MIRROR",
    "PLAYGROUND_RESUME",
    "PLAYGROUND_WORKERS",
    "OMP_WAIT_POLICY",
}


@dataclass(frozen=True)
class App:
    """A server of the app with its state in `home`."""

    address: str
    process: psutil.Process
    home: Path
    environment: dict[str, str]
    ready_seconds: float

    @property
    def worker(self) -> psutil.Process:
        """The process that trains; raises `PlaygroundError` where there is none."""
        for child in filter(is_worker, self.process.children(recursive=True)):
            return child
        raise PlaygroundError("The app that is measured has no worker: its log says why.")


@contextmanager
def serving(home: Path) -> Iterator[App]:
    """Serve the app with its state in `home` until the block ends."""
    script = ROOT / "streamlit_app.py"
    if not script.exists():
        raise PlaygroundError(f"{script} is missing: run the benchmark in the app's own folder.")
    home.mkdir(parents=True)
    port = free_port()
    plain = {name: value for name, value in os.environ.items() if name not in _OWN_SETTINGS}
    environment = {**plain, "PLAYGROUND_HOME": str(home)}
    log = home / "server.log"
    begin = time.perf_counter()
    before = psutil.Process().children()
    try:
        with log.open("ab") as output:
            server = psutil.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", str(script)),
                    *("--server.headless", "true", "--server.port", str(port)),
                    *("--server.address", "127.0.0.1"),
                ],
                cwd=ROOT,
                env=environment,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                start_new_session=True,  # Ctrl-C is for the command, which ends this one
            )
        address = f"http://127.0.0.1:{port}"
        wait_until_healthy(address, server, log)
        yield App(address, server, home, environment, time.perf_counter() - begin)
    finally:
        # A signal may come before Popen has returned: then nobody else knows the server.
        for child in set(psutil.Process().children()).difference(before):
            _end(child)


def _end(server: psutil.Process) -> None:
    """End the server, and its worker too where that has not gone with it."""
    with suppress(psutil.NoSuchProcess):
        family = [*server.children(recursive=True), server]
        server.terminate()
        _, staying = psutil.wait_procs(family, timeout=20)
        for process in staying:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(staying, timeout=5)


def wait_until_healthy(address: str, server: psutil.Popen, log: Path) -> None:
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


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
