"""The app as a person starts it: `streamlit run`, in a process group of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from playground.benchmark.server import free_port, is_worker, wait_until_healthy

ROOT = Path(__file__).resolve().parents[2]
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
def serving_app(
    folder: Path, script: str = "streamlit_app.py", **environment: str
) -> Iterator[AppServer]:
    """Serve the app, or another `script`, with all its state in `folder`.

    Fails where a worker outlives the server, and where the app's own code shows in a traceback of
    either log: the page tells a visitor nothing of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = folder / "server.log"
    command = [
        *(sys.executable, "-m", "streamlit", "run", script),
        *("--server.headless", "true", "--server.port", str(port)),
    ]
    plain = {name: value for name, value in os.environ.items() if name != "PLAYGROUND_DATASETS"}
    with log.open("ab") as output:
        started = psutil.Popen(
            command,
            cwd=ROOT,
            env={**plain, "PLAYGROUND_HOME": str(folder / "home"), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = AppServer(address, started, log)
    family: list[psutil.Process] = []
    try:
        wait_until_healthy(address, started, log)
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


def outliving(server: psutil.Popen, family: list[psutil.Process]) -> list[str]:
    """Wait for the server and its children to end; return and kill those that do not."""
    with suppress(psutil.TimeoutExpired):
        server.wait(END_LIMIT)
    _, alive = psutil.wait_procs(family, timeout=END_LIMIT)
    names = [str(process) for process in alive]
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return names
