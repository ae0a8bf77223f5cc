"""Exports: files of runs to take away, made by a process of their own, one after the other.

The page stays small so: what such a file takes, PyTorch above all, is gone with its process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Timer

from playground.errors import PlaygroundError
from playground.run import protocol
from playground.run.home import home

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_KEPT = 12  # files, of all visitors
_MOST_WAITING = 8
_LONGEST = 600.0  # seconds of one
_BUSY = "Others are taking runs away, and as many are waiting as there is room for: try again soon."


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that somebody wants: of a run as it is at `version`, after `epoch` (0 for none).

    With `tells` also what a mystery hides.
    """

    run_id: str
    format: str
    epoch: int = 0
    tells: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """How far a file is: `file` once it is there, `problem` where it cannot be made."""

    progress: str = "Waiting for a turn"
    file: Path | None = None
    words: tuple[str, ...] = ()
    problem: str = ""
    size: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.file is not None or bool(self.problem)


@dataclass
class _Job:
    making: Making = field(default_factory=Making)
    future: Future[None] | None = None


class Exports:
    """The latest wishes and what became of them; pages call from threads of their own.

    `before` is called before a file is made: what is known of runs is to be on disk by then.
    """

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self._before = before
        self._lock = Lock()
        self._jobs: OrderedDict[Wish, _Job] = OrderedDict()
        self._pool: ThreadPoolExecutor | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def ask(self, wish: Wish) -> Making:
        """Return how far a file is; it is begun where it is not, or could not be made before."""
        with self._lock:
            job = self._jobs.get(wish)
            if job is None or job.making.problem:
                if sum(not each.making.is_over for each in self._jobs.values()) >= _MOST_WAITING:
                    return Making(problem=_BUSY)
                job = self._jobs[wish] = _Job()
                self._pool = self._pool or ThreadPoolExecutor(1, "exports")
                job.future = self._pool.submit(self._make, wish, job)
                self._forget_old()
            self._jobs.move_to_end(wish)
            return job.making

    def known(self, wish: Wish) -> Making | None:
        """Return how far a file is; None where nobody has asked for it."""
        with self._lock:
            job = self._jobs.get(wish)
            return job.making if job else None

    def close(self) -> None:
        """End what is being made, and remove what was."""
        with self._lock:
            pool, folder, process = self._pool, self._folder, self._process
            self._pool = self._folder = None
            self._jobs.clear()
        if process:
            with suppress(OSError):
                process.kill()
        if pool:
            pool.shutdown(wait=True, cancel_futures=True)
        if folder:
            folder.cleanup()

    def _forget_old(self) -> None:
        over = [wish for wish, job in self._jobs.items() if job.making.is_over]
        for wish in over[: max(0, len(self._jobs) - _KEPT)]:
            file = self._jobs.pop(wish).making.file
            if file:
                with suppress(OSError):
                    file.unlink()

    def _make(self, wish: Wish, job: _Job) -> None:
        try:
            self._before()
            job.making = self._run(wish, job)
        except (OSError, ValueError, KeyError, PlaygroundError) as error:
            job.making = Making(problem=f"The file could not be made: {error}.")

    def _run(self, wish: Wish, job: _Job) -> Making:
        with self._lock:
            if self._pool is None:
                return Making(problem="The server is ending.")
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="playground-")
            self._count += 1
            place = Path(self._folder.name) / str(self._count)
            place.mkdir()
            process = self._process = subprocess.Popen(
                _command(wish, place),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
            )
        job.making = replace(job.making, progress="Starting")
        timer = Timer(_LONGEST, process.kill)
        timer.daemon = True
        timer.start()
        said: list[str] = []
        assert process.stdout
        assert process.stderr
        try:
            with process.stdout as output, process.stderr as errors:
                for line in errors:
                    said.append(line.decode(errors="replace").strip())
                    job.making = replace(job.making, progress=said[-1][:200])
                answer = output.read()
        finally:
            timer.cancel()
            status = process.wait()
            with self._lock:
                self._process = None
        if status:
            last = next((line for line in reversed(said) if line), "")
            is_told = status in (1, 2) and last and not last.startswith(("usage:", "Traceback"))
            return Making(problem=last if is_told else "The process that made the file has ended.")
        fields = protocol.decode(answer)
        file = Path(fields["file"])
        return Making("", file, tuple(map(str, fields["words"])), size=file.stat().st_size)


def _command(wish: Wish, place: Path) -> list[str]:
    epoch = ["--epoch", str(wish.epoch)] if wish.epoch else []
    spoil = ["--spoil"] if wish.tells else []
    return [
        *(sys.executable, "-m", "playground", "export", f"--as={wish.format}", "--json"),
        *(f"--to={place}", *epoch, *spoil, "--", wish.run_id),
    ]


def _environment() -> dict[str, str]:
    paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PLAYGROUND_HOME": str(home()),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",  # beside pages and training
    }
