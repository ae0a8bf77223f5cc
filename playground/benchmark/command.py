"""`python -m playground benchmark`: how fast this is here, against a tutorial and the limit."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import closing, suppress
from time import monotonic
from typing import Any

from playground.benchmark import loops as loops_module
from playground.benchmark.cases import CASES, Case
from playground.benchmark.loops import Loops
from playground.benchmark.measure import Measure
from playground.benchmark.row import Row
from playground.benchmark.signals import orderly_end
from playground.benchmark.table import (
    details,
    environment_line,
    head,
    line,
    measure_line,
    medians_of_cnns,
    notes,
    row_fields,
)
from playground.commands.options import print_json
from playground.errors import UnknownChoice
from playground.experiment import Experiment

_PAGE = "page"


def main(options: argparse.Namespace) -> int:
    """Measure what the options ask for. Returns the exit status, 130 where Ctrl-C ended it."""
    parts = options.only or [*CASES, _PAGE]
    for part in parts:
        if part not in (*CASES, _PAGE):
            raise UnknownChoice("part of the benchmark", part, [*CASES, _PAGE])
    Experiment().replace({"training.device": options.device})  # its sentence, where it is no device
    cases = [case for name, case in CASES.items() if name in parts]
    benchmark = _Benchmark(options, cases, _PAGE in parts)
    try:
        with orderly_end():
            benchmark.run()
    except KeyboardInterrupt:
        benchmark.stop()
        sys.stderr.write("Stopped.\n")
        return 128 + signal.SIGINT
    except SystemExit:
        with suppress(OSError):  # the terminal may have gone, which is why this ends
            benchmark.stop()
        raise
    return 0


class _Benchmark:
    """What is measured, told as it comes, and told to the end even where it is stopped."""

    def __init__(self, options: argparse.Namespace, cases: list[Case], has_page: bool) -> None:
        self._options = options
        self._cases = cases
        self._has_page = has_page
        self._out: _Table | _Json = _Json() if options.json else _Table()
        self._progress = _Progress()
        self._environment: dict[str, Any] = {"load_before": _load()}

    def run(self) -> None:
        """Measure and tell everything."""
        with Loops(self._options.device, self._progress.tell) as loops:
            self._environment |= loops.environment()
            loops.others = tuple(self._environment["others"])
            rows = self._rows(loops)
        for measure in medians_of_cnns(rows):
            self._out.measure(measure)
        if self._has_page:
            self._page()
        self._end(stopped=False)

    def stop(self) -> None:
        """Tell that this is not all that was asked for."""
        self._end(stopped=True)

    def _rows(self, loops: Loops) -> list[Row]:
        plan = loops_module.QUICK if self._options.quick else loops_module.FULL
        precisions = ["float32", "mixed"] if self._environment["bfloat16"] else ["float32"]
        rows = []
        for case in self._cases:
            for row in loops.rows(case, plan, precisions):
                self._progress.clear()
                self._out.row(row)
                rows.append(row)
        return rows

    def _page(self) -> None:
        # Loaded only here: Streamlit's messages bring much with them.
        from playground.benchmark import page as benchmark_page

        plan = benchmark_page.QUICK if self._options.quick else benchmark_page.FULL
        # Closed at once and not when it is forgotten: a server and a folder hang on it.
        with closing(benchmark_page.page_measures(plan, self._progress.tell)) as measures:
            for measure in measures:
                self._progress.clear()
                self._out.measure(measure)

    def _end(self, stopped: bool) -> None:
        self._progress.clear()
        self._out.end({**self._environment, "load_after": _load(), "stopped": stopped})


def _load() -> float:
    """Return how many processes wanted a core in the last minute; 0 where it is not known."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


class _Progress:
    """What is being measured, on stderr; on a terminal one line that is written over."""

    def __init__(self) -> None:
        self._begin = monotonic()
        self._watched = sys.stderr.isatty()

    def tell(self, text: str) -> None:
        """Say what comes now."""
        seconds = f"{monotonic() - self._begin:4.0f} s"
        sys.stderr.write(f"\r\033[K{seconds}  {text}" if self._watched else f"{seconds}  {text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Make room for what is printed."""
        if self._watched:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


class _Json:
    """One object per row and per measure, and a last one of the machine."""

    def row(self, row: Row) -> None:
        print_json(row_fields(row))

    def measure(self, measure: Measure) -> None:
        print_json(measure.fields())

    def end(self, environment: dict[str, Any]) -> None:
        print_json({"environment": environment})


class _Table:
    """Rows as they come, then the other measures and what a reader must know."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._measures: list[Measure] = []

    def row(self, row: Row) -> None:
        if not self._rows:
            print(head(row.rounds))
        self._rows.append(row)
        print(line(row), flush=True)

    def measure(self, measure: Measure) -> None:
        if not self._measures and self._rows:
            print()
        self._measures.append(measure)
        print(measure_line(measure), flush=True)

    def end(self, environment: dict[str, Any]) -> None:
        for paragraph in (
            details(self._rows),
            notes(self._rows, self._measures, environment),
            [environment_line(environment)],
        ):
            if paragraph:
                print("", *paragraph, sep="\n")
