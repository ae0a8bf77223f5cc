"""Measures a whole class on one server: python tests/load/measure.py --sessions 30 --rounds 5."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from classroom import Lesson, hold_lesson  # noqa: E402
from truth import complaints  # noqa: E402

# What a class of thirty may feel of each other on two cores: of 100 answers, 95 are faster.
AIMS = {"look": 300, "click": 1000}  # milliseconds
MEMORY_AIM = 500  # MB of the server without its worker


def main() -> int:
    """Print the tables; return 1 where a run is missing or differs, or a page failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=30, help="browsers at once")
    parser.add_argument("--rounds", type=int, default=5, help="runs that each of them trains")
    parser.add_argument("--arrival", type=float, default=5.0, help="seconds in which all begin")
    asked = parser.parse_args()
    print(f"{asked.sessions} sessions, {asked.rounds} rounds, all begin within {asked.arrival} s")
    print(f"{os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
    with TemporaryDirectory() as folder:
        lesson = hold_lesson(Path(folder), asked.sessions, asked.rounds, asked.arrival)
        runs = Path(folder) / "home" / "playground.db"
        wrong = complaints(runs, lesson.students, asked.rounds)
    print_latencies(lesson)
    print_gauges(lesson)
    problems = [*lesson.troubles, *lesson.errors, *wrong]
    print(f"\n{asked.sessions * asked.rounds} runs, each against a run alone: ", end="")
    print("\n".join([f"{len(problems)} problems", *problems]) if problems else "the same numbers")
    return 1 if problems else 0


def print_latencies(lesson: Lesson) -> None:
    """Print how long pages take: to open, to look again by themselves, to answer a click."""
    print("\nmilliseconds   answers     p50     p95    most   aim p95")
    for kind in ("open", "look", "click"):
        times = [1000 * seconds for seconds in lesson.latencies(kind)]
        cuts = quantiles(times, n=100, method="inclusive")
        numbers = f"{len(times):8}{cuts[49]:8.0f}{cuts[94]:8.0f}{max(times):8.0f}"
        print(f"{kind:14}{numbers}{AIMS.get(kind, ''):>10}")
    print("rounds took", ", ".join(f"{seconds:.0f}" for seconds in lesson.round_seconds), "s")
    if lesson.lags:
        lags = ", ".join(f"{seconds:.1f}" for seconds in lesson.lags)
        print(f"the real browser saw the ends {lags} s after the tab that trained")


def print_gauges(lesson: Lesson) -> None:
    """Print memory, threads and files; and how many cores were busy since the line above."""
    print("\n                server MB  worker MB  threads  files  server cores  worker cores")
    before = lesson.gauges.read[0]
    for now in lesson.gauges.read:
        seconds = now.at - before.at or 1.0
        server = (now.server_seconds - before.server_seconds) / seconds
        worker = (now.worker_seconds - before.worker_seconds) / seconds
        print(
            f"{now.moment:14}{now.server_memory:11.0f}{now.worker_memory:11.0f}{now.threads:9}"
            f"{now.files:7}{server:14.2f}{worker:14.2f}"
        )
        before = now
    peaks = f"{lesson.gauges.server_peak:11.0f}{lesson.gauges.worker_peak:11.0f}"
    print(f"most          {peaks}   aim: server under {MEMORY_AIM}")


if __name__ == "__main__":
    sys.exit(main())
