"""Plan: what is measured, and for how long. No torch: `--help` and complaints load none."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

from playground.benchmark.cases import CASES
from playground.errors import UnknownChoice
from playground.experiment import Experiment

PAGE, ACCURACY = "page", "accuracy"


@dataclass(frozen=True, slots=True)
class Plan:
    """The `parts` to measure on `device`, and how often and how long.

    Loops have `rounds` of about `seconds` each, at most a whole epoch and never shorter than
    `fewest_batches`, on which the pace is taken too. A quick plan has no round that only warms up,
    and is too short for loops and live page to be judged. Accuracy is measured with so many
    `seeds`.
    """

    parts: tuple[str, ...] = (*CASES, PAGE)
    device: str = "auto"
    is_quick: bool = False
    rounds: int = 5
    seconds: float = 1.5
    fewest_batches: int = 4
    starts: int = 3
    clicks: int = 7
    watch_seconds: float = 20.0
    live_rounds: int = 3
    live_epochs: int = 8
    seeds: int = 5


FULL = Plan()
QUICK = Plan(
    is_quick=True, rounds=3, seconds=0.5, fewest_batches=2,
    starts=1, clicks=3, watch_seconds=5.0, live_rounds=1, live_epochs=4, seeds=1,
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take what `plan_of` reads."""
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    words = "how long the fast recipes and a tutorial's settings take to be right so often"
    parser.add_argument("--to-accuracy", action="store_true", help=f"measure {words}, alone")
    words = "what computes: auto, cpu, cuda, …; auto is the first GPU, else the CPU"
    parser.add_argument("--device", default="auto", help=words)
    words = f"measure one part only: {', '.join(CASES)} or page; may be repeated"
    parser.add_argument("--only", action="append", default=[], metavar="PART", help=words)


def plan_of(options: argparse.Namespace) -> Plan:
    """Return what the options ask for; raises `InvalidExperiment` for what cannot be."""
    for part in options.only:
        if part not in FULL.parts:
            raise UnknownChoice("part of the benchmark", part, FULL.parts)
    Experiment().replace({"training.device": options.device})
    parts = tuple(options.only) or FULL.parts
    if options.to_accuracy:
        parts = (ACCURACY,)
    return replace(QUICK if options.quick else FULL, parts=parts, device=options.device)
