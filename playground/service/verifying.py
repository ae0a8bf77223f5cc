"""Verifying: one script at a time is run and compared, by a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock, Thread

from playground.errors import PlaygroundError
from playground.run.home import home
from playground.run.info import StoredRun
from playground.run.verification import Verification, obstacle, read_verification
from playground.service.permission import Action, Person

_PATIENCE = 10.0  # seconds
_PACKAGE_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Progress:
    """A verification that is under way or was: `problem` says why it came to no end."""

    run_id: str
    epoch: int = 0
    epochs: int = 0
    is_under_way: bool = True
    problem: str = ""


class Verifying:
    """The verification under way on this server, if any.

    `require` says who may ask for one, and `load` finds a run that is stored.
    """

    def __init__(
        self,
        require: Callable[[Person, Action, list[str]], None],
        load: Callable[[str], StoredRun],
    ) -> None:
        self._require = require
        self._load = load
        self._lock = RLock()
        self._process: subprocess.Popen[str] | None = None
        self._latest: Progress | None = None

    def of(self, run_id: str) -> Verification | None:
        """Return the stamp of a run, if it has one; raises `UnknownRun`."""
        return read_verification(run_id)

    @property
    def latest(self) -> Progress | None:
        """The verification under way, or else how the last one ended; None before the first."""
        return self._latest

    def start(self, run_id: str, person: Person) -> None:
        """Let a person have a run verified.

        Raises `NotYours`, `UnknownRun`, `StoreUnavailable`, and `PlaygroundError` for a run that
        cannot be verified, while another one is under way, or where no process can be started.
        """
        self._require(person, "verify", [run_id])
        run = self._load(run_id)
        if problem := obstacle(run.info, run.snapshot):
            raise PlaygroundError(problem)
        with self._lock:
            if self._latest and self._latest.is_under_way:
                raise PlaygroundError(
                    "The script of another run is being verified on this server, one at a time: "
                    "try again in a while."
                )
            try:
                process = _command(run_id)
            except OSError as error:
                raise PlaygroundError(f"The script cannot be run: {error}.") from None
            self._process, self._latest = process, Progress(run_id)
            Thread(target=self._listen, args=(process,), daemon=True, name="verifying").start()

    def cancel(self, run_id: str, person: Person) -> None:
        """Let a person end the verification of a run, if it is under way; raises `NotYours`."""
        self._require(person, "verify", [run_id])
        with self._lock:
            if self._latest and self._latest.run_id == run_id and self._latest.is_under_way:
                self._end("It was cancelled.")

    def close(self) -> None:
        """End what is under way."""
        with self._lock:
            self._end("The server ended.")

    def _end(self, problem: str) -> None:
        if self._process is None or self._latest is None:
            return
        self._latest = replace(self._latest, is_under_way=False, problem=problem)
        process, self._process = self._process, None
        Thread(target=_end, args=(process,), name="verifying-end").start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            try:
                event = json.loads(line)
                name = event["event"]
            except (ValueError, LookupError, TypeError):
                said = line.strip() or said
                continue
            with self._lock:
                if self._process is process and self._latest and name == "epoch":
                    epoch, epochs = int(event["epoch"]), int(event["epochs"])
                    self._latest = replace(self._latest, epoch=epoch, epochs=epochs)
        process.stdout.close()
        status = process.wait()
        with self._lock:
            if self._process is process and self._latest:
                # 1 is also what a script ends with that came to other numbers: it says nothing.
                problem = said if status else ""
                if status not in (0, 1):
                    problem = problem or f"The process that compares ended (status {status})."
                self._latest = replace(self._latest, is_under_way=False, problem=problem)
                self._process = None


def _command(run_id: str) -> subprocess.Popen[str]:
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-m", "playground", "verify", "--json", "--", run_id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "PLAYGROUND_HOME": str(home()),
        },
        text=True,
        errors="replace",
        start_new_session=True,  # a group of its own, in which the script is as well
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all that it has started; it may remove its files first."""
    _tell(process, signal.SIGTERM)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        _tell(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()


def _tell(process: subprocess.Popen[str], what: signal.Signals) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, what)
        else:
            process.terminate()
