"""`python -m playground diagnose --examine`: how often the doctor is right, measured here."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from playground.commands.options import print_json, require_torch
from playground.errors import PlaygroundError

_ALL = ("digits", "shapes", "mnist")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take what an examination can be told."""
    parser.add_argument(
        "--examine",
        action="store_true",
        help="train some 370 small runs, well and sick, and print how often the doctor is right",
    )
    parser.add_argument(
        "--on", choices=_ALL, action="append", metavar="DATASET", help="these only: may be repeated"
    )
    parser.add_argument(
        "--no-training", action="store_true", help="judge again what has been trained already"
    )
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="that train at once")
    parser.add_argument("--keep", metavar="FILE.csv", help="write what came of each run")


def main(options: argparse.Namespace) -> int:
    """Train what is not trained yet, judge all of it, print the table. Returns the exit status."""
    require_torch()
    from playground.examination.examining import examine
    from playground.examination.rows import write_rows
    from playground.examination.table import table

    rows = examine(options.on or _ALL, options.processes, _tell, trains=not options.no_training)
    if options.keep:
        try:
            write_rows(Path(options.keep), rows)
        except OSError as error:
            raise PlaygroundError(
                f"{options.keep} cannot be written: {error.strerror}. Name another file."
            ) from None
    if options.json:
        for row in rows:
            print_json(asdict(row))
    else:
        print(table(rows))
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
