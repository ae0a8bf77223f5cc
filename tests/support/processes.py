"""Processes of the app for tests: started with a home of their own, and always ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds: for a machine that does much else


def start_process(*arguments: str, path: Path | None = None) -> subprocess.Popen[bytes]:
    """Start Python with `arguments` and pipes; `path` is searched before the installed packages."""
    paths = [str(entry) for entry in (path, ROOT) if entry]
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        # Python hears Ctrl-C only where its parent did not ignore it.
        preexec_fn=_hear_interrupts,
    )


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Wait for the end; return status, stdout and stderr. A process that stays is killed."""
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, output.decode(), errors.decode()


def await_event(process: subprocess.Popen[bytes], name: str) -> dict[str, Any]:
    """Read JSON lines up to the first event called `name`; every line must be one."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == name:
            return event
    raise AssertionError(f"the process ended without the event {name}")


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` holds; fails after a time that is far more than enough."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def install_misfitting_torchvision(folder: Path) -> Path:
    """Write a torchvision 0.99.0 that fails as a mismatched one does; return its path."""
    package = folder / "torchvision"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        'raise RuntimeError("operator torchvision::nms does not exist\\nmore lines")\n'
    )
    metadata = folder / "torchvision-0.99.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: torchvision\nVersion: 0.99.0\n"
    )
    return folder


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
