"""`python -m playground benchmark`: how fast this is here, against a tutorial and the limit."""

from __future__ import annotations

import argparse
import os
import sys
from time import monotonic

from playground.commands import benchmark_loops as loops_module
from playground.commands.benchmark_loops import Loops, Row
from playground.commands.benchmark_measure import Measure
from playground.commands.benchmark_table import (
    environment_line,
    head,
    line,
    measure_line,
    medians_of_cnns,
    notes,
    row_fields,
)
from playground.commands.options import print_json
from playground.engine.benchmark.cases import CASES, Case
from playground.errors import UnknownChoice
from playground.experiment import Experiment

_PAGE = "page"


def main(options: argparse.Namespace) -> int:
    """Measure what the options ask for. Returns the exit status."""
    parts = options.only or [*CASES, _PAGE]
    for part in parts:
        if part not in (*CASES, _PAGE):
            raise UnknownChoice("part of the benchmark", part, [*CASES, _PAGE])
    Experiment().replace({"training.device": options.device})  # its sentence, where it is no device
    cases = [case for name, case in CASES.items() if name in parts]
    out = _Json() if options.json else _Table()
    progress = _Progress()
    load = _load()
    with Loops(options.device, progress.tell) as loops:
        environment = loops.environment()
        loops.others = tuple(environment["others"])
        rows = _rows(cases, loops, options.quick, bool(environment["bfloat16"]), out, progress)
    for measure in medians_of_cnns(rows):
        out.measure(measure)
    if _PAGE in parts:
        _page(options.quick, out, progress)
    progress.clear()
    out.end(rows, {**environment, "load_before": load, "load_after": _load()})
    return 0


def _rows(
    cases: list[Case],
    loops: Loops,
    quick: bool,
    bfloat16: bool,
    out: _Table | _Json,
    progress: _Progress,
) -> list[Row]:
    plan = loops_module.QUICK if quick else loops_module.FULL
    precisions = ["float32", "mixed"] if bfloat16 else ["float32"]
    rows = []
    for case in cases:
        for row in loops.rows(case, plan, precisions):
            progress.clear()
            out.row(row)
            rows.append(row)
    return rows


def _page(quick: bool, out: _Table | _Json, progress: _Progress) -> None:
    # Loaded only here: Streamlit's messages bring much with them.
    from playground.commands import benchmark_page

    plan = benchmark_page.QUICK if quick else benchmark_page.FULL
    for measure in benchmark_page.page_measures(plan, progress.tell):
        progress.clear()
        out.measure(measure)


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

    def end(self, rows: list[Row], environment: dict[str, object]) -> None:
        print_json({"environment": environment})


class _Table:
    """Rows as they come, then the other measures and what a reader must know."""

    def __init__(self) -> None:
        self._has_head = False
        self._has_measures = False

    def row(self, row: Row) -> None:
        if not self._has_head:
            self._has_head = True
            print(head())
        print(line(row), flush=True)

    def measure(self, measure: Measure) -> None:
        if not self._has_measures and self._has_head:
            print()
        self._has_measures = True
        print(measure_line(measure), flush=True)

    def end(self, rows: list[Row], environment: dict[str, object]) -> None:
        print()
        for sentence in notes(rows, environment):
            print(sentence)
        print(environment_line(environment))
