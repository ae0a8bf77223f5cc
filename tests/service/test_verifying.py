"""Verification through the service: one at a time, told as it goes, ended when asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from processes import wait_until
from runs_page import stored

from playground.errors import PlaygroundError
from playground.run.info import StoredRun
from playground.service import RunStatus, verifying
from playground.service.permission import OPERATOR
from playground.service.verifying import Verifying

FOREVER = "import threading; threading.Event().wait()"


@pytest.fixture
def run_instead(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the process that compares be one that runs this code."""

    def put(code: str) -> None:
        def command(run_id: str) -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-u", "-c", code],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

        monkeypatch.setattr(verifying, "_command", command)

    return put


def load(run_id: str) -> StoredRun:
    return stored(run_id, status=RunStatus.RUNNING if run_id == "going" else RunStatus.FINISHED)


@pytest.fixture
def verifier() -> Iterator[Verifying]:
    verifier = Verifying(lambda *_: None, load)
    yield verifier
    verifier.close()


def is_over(verifier: Verifying) -> bool:
    return verifier.latest is not None and not verifier.latest.is_under_way


def test_its_progress_is_told_and_its_end(
    verifier: Verifying, run_instead: Callable[[str], None]
) -> None:
    run_instead('print(\'{"event": "epoch", "epoch": 2, "epochs": 3}\'); print(\'x\')')
    verifier.start("one", OPERATOR)
    wait_until(lambda: is_over(verifier), "its end")
    assert verifier.latest is not None
    assert (verifier.latest.epoch, verifier.latest.epochs) == (2, 3)
    assert verifier.latest.problem == ""


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("print('MNIST is not here.'); raise SystemExit(1)", "MNIST is not here."),
        ("raise SystemExit(7)", "The process that compares ended (status 7)."),
    ],
)
def test_why_it_came_to_no_end_is_told(
    verifier: Verifying, run_instead: Callable[[str], None], code: str, problem: str
) -> None:
    run_instead(code)
    verifier.start("one", OPERATOR)
    wait_until(lambda: is_over(verifier), "its end")
    assert verifier.latest is not None
    assert verifier.latest.problem == problem


def test_only_one_is_under_way_and_it_ends_with_all_that_it_started(
    verifier: Verifying, run_instead: Callable[[str], None], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    run_instead(
        "import subprocess, sys, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "child.wait()"
    )
    verifier.start("one", OPERATOR)
    wait_until(lambda: note.exists() and note.read_text() != "", "the process that it starts")
    with pytest.raises(PlaygroundError, match="one at a time"):
        verifier.start("two", OPERATOR)
    verifier.cancel("two", OPERATOR)  # which is not under way
    assert not is_over(verifier)
    verifier.cancel("one", OPERATOR)
    assert verifier.latest is not None
    assert verifier.latest.problem == "It was cancelled."
    wait_until(lambda: not _lives(int(note.read_text())), "the end of that process")
    run_instead("pass")
    verifier.start("two", OPERATOR)
    wait_until(lambda: is_over(verifier), "its end")


def test_a_run_that_goes_on_is_not_verified(verifier: Verifying) -> None:
    with pytest.raises(PlaygroundError, match="not over"):
        verifier.start("going", OPERATOR)
    assert verifier.latest is None


def _lives(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
