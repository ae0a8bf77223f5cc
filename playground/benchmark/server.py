"""The app as a person starts it, for the benchmark: a server with an empty state folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from playground.errors import PlaygroundError
from playground.experiment import catalog

_ROOT = Path(__file__).resolve().parents[2]
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
        for child in self.process.children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if child.cmdline()[-3:] == ["-m", "playground", "worker"]:
                    return child
        raise PlaygroundError("The app that is measured has no worker: its log says why.")


@contextmanager
def serving(home: Path) -> Iterator[App]:
    """Serve the app with its state in `home` until the block ends."""
    script = _ROOT / "streamlit_app.py"
    if not script.exists():
        raise PlaygroundError(f"{script} is missing: run the benchmark in the app's own folder.")
    home.mkdir(parents=True)
    port = _free_port()
    plain = {name: value for name, value in os.environ.items() if name not in _OWN_SETTINGS}
    environment = {
        **plain,
        "PLAYGROUND_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), plain.get("PYTHONPATH", "")])),
    }
    log = home / "server.log"
    begin = time.perf_counter()
    with log.open("ab") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(script)),
                *("--server.headless", "true", "--server.port", str(port)),
                *("--server.address", "127.0.0.1"),
            ],
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, server, log)
        ready = time.perf_counter() - begin
        yield App(address, psutil.Process(server.pid), home, environment, ready)
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server, and its worker too where that has not gone with it."""
    if server.poll() is not None:
        return
    started = psutil.Process(server.pid).children(recursive=True)
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    _, staying = psutil.wait_procs(started, timeout=5)
    for process in staying:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(staying, timeout=5)


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end and server.poll() is None:
        with suppress(URLError, OSError), urlopen(f"{address}/_stcore/health", timeout=5):
            return
        time.sleep(0.02)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise PlaygroundError(
        f"The app did not start within {_LIMIT:.0f} s: {''.join(last) or 'it said nothing'}"
    )


def write_random_mnist(datasets: Path) -> None:
    """Write random images and labels as MNIST's four files, where the app looks for them."""
    folder = datasets / "MNIST" / "raw"
    folder.mkdir(parents=True)
    entry = catalog.DATASETS["mnist"]
    _, height, width = entry.image_shape
    for role, count in (("train", entry.training_images), ("t10k", entry.test_images)):
        sizes = (count, height, width)
        head = b"".join(number.to_bytes(4, "big") for number in (0x803, *sizes))
        pixels = os.urandom(count * height * width)
        (folder / f"{role}-images-idx3-ubyte").write_bytes(head + pixels)
        head = b"".join(number.to_bytes(4, "big") for number in (0x801, count))
        labels = bytes(number % 10 for number in os.urandom(count))
        (folder / f"{role}-labels-idx1-ubyte").write_bytes(head + labels)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
