"""The app as a person starts it: `streamlit run`, in a process group of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 60.0  # seconds
END_LIMIT = 20.0  # seconds


@dataclass(frozen=True)
class AppServer:
    """A server that answers at `address`, and its log."""

    address: str
    process: psutil.Process
    log: Path

    def workers(self) -> list[psutil.Process]:
        """Return the processes that train: one, or none while it starts."""
        return [child for child in self.process.children(recursive=True) if is_worker(child)]


@contextmanager
def serving_app(folder: Path, **environment: str) -> Iterator[AppServer]:
    """Serve the app with all its state in `folder`.

    Fails where a worker outlives the server, and where the app's own code shows in a traceback of
    either log: the page tells a visitor nothing of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = folder / "server.log"
    command = [
        *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
        *("--server.headless", "true", "--server.port", str(port)),
    ]
    plain = {name: value for name, value in os.environ.items() if name != "PLAYGROUND_DATASETS"}
    with log.open("ab") as output:
        started = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**plain, "PLAYGROUND_HOME": str(folder / "home"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = AppServer(address, psutil.Process(started.pid), log)
    family: list[psutil.Process] = []
    try:
        wait_until_healthy(server, started)
        yield server
    finally:
        with suppress(psutil.NoSuchProcess):
            family = server.process.children(recursive=True)
        started.terminate()  # the server alone: its worker has to end by itself
        orphans = outliving(started, family)
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
    assert not orphans, f"outlived the server: {orphans}"
    traces = [line for file in (log, folder / "home" / "worker.log") for line in own_traces(file)]
    assert not traces, f"tracebacks in {folder}: {traces}"


def own_traces(log: Path) -> list[str]:
    """Return the lines of tracebacks in `log` that are in the app's own files."""
    text = log.read_text(errors="replace") if log.exists() else ""
    own = f'  File "{ROOT / "playground"}'
    return [line for line in text.splitlines() if line.startswith(own)]


def outliving(server: subprocess.Popen[bytes], family: list[psutil.Process]) -> list[str]:
    """Wait for the server and its children to end; return and kill those that do not."""
    with suppress(subprocess.TimeoutExpired):
        server.wait(END_LIMIT)
    _, alive = psutil.wait_procs(family, timeout=END_LIMIT)
    names = [str(process) for process in alive]
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return names


def wait_until_healthy(server: AppServer, started: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        assert started.poll() is None, f"the server ended: {server.log.read_text()[-2000:]}"
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"the server does not answer: {server.log.read_text()[-2000:]}")


def is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.cmdline()[-3:] == ["-m", "playground", "worker"]
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
