"""`python -m playground benchmark`: how fast this is here, against a tutorial and the limit."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import Any

from playground.benchmark.accuracy import accuracy_measures
from playground.benchmark.cases import CASES
from playground.benchmark.contest import Contest
from playground.benchmark.measure import Measure
from playground.benchmark.plan import ACCURACY, PAGE, Plan, plan_of
from playground.benchmark.processes import contestants
from playground.benchmark.row import Row, medians_of_cnns
from playground.benchmark.table import ending, line
from playground.commands.options import print_json


def main(options: argparse.Namespace) -> int:
    """Measure what the options ask for. Returns the exit status, 130 where Ctrl-C ended it."""
    plan = plan_of(options)
    progress = _Progress()
    environment: dict[str, Any] = {"load_before": _load(), "stopped": False}
    found: list[Row | Measure] = []
    status = 0
    try:
        # Closed at once and not when it is forgotten: processes and a folder hang on it.
        with orderly_end(), closing(_measured(plan, environment, progress.tell)) as measured:
            for each in measured:
                progress.clear()
                if options.json:
                    print_json(each.fields())
                else:
                    print(line(each, found), flush=True)
                found.append(each)
    except SystemExit as end:
        environment["stopped"] = True
        status = int(end.code or 0)
    environment["load_after"] = _load()
    with suppress(*[OSError] if status else []):  # the terminal may have gone, which ended this
        progress.clear()
        if options.json:
            print_json({"environment": environment})
        else:
            print(f"\n{ending(found, environment)}")
        if status:
            sys.stderr.write("Stopped.\n")
    return status


def _measured(
    plan: Plan, environment: dict[str, Any], tell: Callable[[str], None]
) -> Generator[Row | Measure, None, None]:
    """Yield what is measured as it comes, and note what machine this is in `environment`."""
    rows = []
    with contestants() as ask:
        environment |= ask("tutorial", "environment", plan.device)
        contest = Contest(plan, ask, tell, environment["others"])
        precisions = ["float32", "mixed"] if environment["bfloat16"] else ["float32"]
        for case in CASES.values():
            if case.name in plan.parts:
                for row in contest.rows(case, precisions):
                    yield row
                    rows.append(row)
        if ACCURACY in plan.parts:
            yield from accuracy_measures(plan, ask, tell)
    yield from medians_of_cnns(rows)
    if PAGE in plan.parts:
        # Loaded only here: Streamlit's messages bring much with them.
        from playground.benchmark.page import page_measures

        yield from page_measures(plan, tell)


@contextmanager
def orderly_end() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP raise `SystemExit(128 + number)`: every block is left.

    What the parent ignores, as nohup does, stays ignored.
    """

    def end(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # a second one must not cut the cleaning short
        raise SystemExit(128 + number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    ends = [getattr(signal, name) for name in names if hasattr(signal, name)]  # not on Windows
    handlers = {each: signal.getsignal(each) for each in ends}
    before = {each: found for each, found in handlers.items() if found is not signal.SIG_IGN}
    try:
        for each in before:
            signal.signal(each, end)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _load() -> float:
    """Return how many processes wanted a core in the last minute; 0 where it is not known."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


class _Progress:
    """What is being measured, on stderr; on a terminal one line that is written over."""

    def __init__(self) -> None:
        self._begin = monotonic()
        self._start, self._end = ("\r\033[K", "") if sys.stderr.isatty() else ("", "\n")

    def tell(self, text: str) -> None:
        sys.stderr.write(f"{self._start}{monotonic() - self._begin:4.0f} s  {text}{self._end}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Make room for what is printed."""
        sys.stderr.write(self._start)
        sys.stderr.flush()
