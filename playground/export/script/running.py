"""Running: a script in a process of its own, and the numbers that it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from threading import Timer

from playground.errors import PlaygroundError

_NICENESS = 10  # whoever trains or looks at a page goes first


def printed_epochs(
    script: str, folder: Path, threads: int, seconds: float, *, on_cpu: bool
) -> Generator[tuple[float, ...], None, None]:
    """Run a script in `folder`, and yield the numbers of each epoch as it prints them.

    Closing the generator ends the process. Raises `PlaygroundError` where the script fails, or is
    not done after so many `seconds`.
    """
    file = folder / "script.py"
    file.write_text(script, encoding="utf-8")
    with (folder / "problems.txt").open("wb+") as problems:
        process = subprocess.Popen(
            [sys.executable, "-u", file.name],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=problems,
            env=_environment(threads, on_cpu=on_cpu),
            text=True,
        )
        with suppress(AttributeError, OSError):  # Windows has none; it may be over
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        limit = Timer(seconds, process.kill)
        limit.daemon = True
        limit.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                name, *numbers = line.split()
                if name != "epoch":
                    yield tuple(map(float, numbers))
            if process.wait():
                raise PlaygroundError(_why(problems.name, limit, seconds))
        finally:
            limit.cancel()
            process.kill()
            process.wait()


def _environment(threads: int, *, on_cpu: bool) -> dict[str, str]:
    """Return our environment, with so many threads, and no GPU in sight where there was none."""
    count = str(threads)
    more = {"CUDA_VISIBLE_DEVICES": ""} if on_cpu else {}
    return {**os.environ, "OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count, **more}


def _why(problems: str, limit: Timer, seconds: float) -> str:
    if limit.finished.is_set():
        return (
            f"The script was not done after {seconds:,.0f} seconds, and was ended: verify the run "
            "again when this machine has less to do."
        )
    said = Path(problems).read_text(encoding="utf-8", errors="replace").strip()
    last = said.rpartition("\n")[2][:300] or "it says nothing"
    return f"The script could not be run to its end: {last}. Look at it under “Show as code”."
