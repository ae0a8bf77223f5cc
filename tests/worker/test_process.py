from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from processes import await_event, finish, install_misfitting_torchvision, start_process

from playground.experiment import Experiment
from playground.run import protocol

# A library that prints, in Python and below it.
NOISY = """
import os, sys
from playground.engine.machine import runtime
from playground.worker import process

def noisy(environment=runtime.environment):
    print("a stray word")
    os.write(1, b"another one")
    return environment()

runtime.environment = noisy
sys.exit(process.main())
"""


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    process = start_process("-c", NOISY)
    yield process
    process.kill()
    process.communicate()


def write(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line + b"\n")
    process.stdin.flush()


def test_a_worker_greets_trains_and_ends_with_its_input(worker: subprocess.Popen[bytes]) -> None:
    hello = await_event(worker, "hello")  # the first line, and nothing but JSON before it
    environment = protocol.environment(hello["environment"])
    assert environment.torch.partition("+")[0] == version("torch").partition("+")[0]
    assert environment.devices[0] == "cpu"
    assert environment.cores >= 1

    for line in (b"no JSON", b'"text"', b"\xff\xfe", b"[" * 100_000, b""):
        write(worker, line)
    long = Experiment().replace({"training.epochs": 1000, "training.device": "cpu"})
    start = {"command": "start", "run": "long", "experiment": long.model_dump(mode="json")}
    write(worker, protocol.encode(start).encode())
    await_event(worker, "epoch")
    worker.send_signal(signal.SIGINT)  # Ctrl-C in the server's terminal reaches the worker too
    await_event(worker, "epoch")

    status, output, errors = finish(worker)  # closes its input in the middle of training
    events = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert events[-1] == {"event": "stopped", "run": "long"}
    assert len([event for event in events if event["event"] == "epoch"]) < 900
    assert "a stray word" in errors
    assert "another one" in errors
    assert errors.count("not a command") == 5
    assert "Traceback" not in errors


def test_a_worker_whose_torchvision_misfits_says_what_to_install(tmp_path: Path) -> None:
    path = install_misfitting_torchvision(tmp_path / "packages")
    status, output, errors = finish(start_process("-m", "playground", "worker", path=path))
    [event] = [json.loads(line) for line in output.splitlines()]
    assert status == 1
    assert event["event"] == "broken"
    assert event["message"] == (
        f"PyTorch does not load here: torch {version('torch')} and torchvision 0.99.0 do not fit "
        "each other or are not installed (RuntimeError: operator torchvision::nms does not exist). "
        "Install the pair that fits with: pip install -r requirements.txt"
    )
    assert "torchvision::nms" in errors  # for the log, with its traceback
