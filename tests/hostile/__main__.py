"""The proof that nothing is lost and nothing trusted: python -m tests.hostile --help."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tally import Tally

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path[:0] = [str(each) for each in (ROOT, HERE, HERE.parent / "support", HERE.parent / "load")]

PARTS = {
    "stores": (1000, "damaged stores"),
    "kills": (60, "kills of commands that train"),
    "workers": (25, "kills of a service's worker"),
    "servers": (15, "kills of a server"),
    "inputs": (1000, "hostile links, files and names"),
    "pages": (30, "pages opened by hostile links"),
    "load": (30, "students of a class who train at once"),
}
_KILLS_AT_ONCE = 5  # of the commands of one run


def main() -> int:
    """Print the table; return 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="leave out other parts")
    parser.add_argument("--seed", type=int, default=0, help="of the first trial of each part")
    for part, (count, what) in PARTS.items():
        parser.add_argument(f"--{part}", type=int, default=count, help=f"{what} ({count})")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    os.environ.pop("PLAYGROUND_DATASETS", None)
    import torch
    from tally import Tally

    torch.set_num_threads(1)
    tallies, started = [], perf_counter()
    for part in asked.only or PARTS:
        tally = Tally(part)
        tallies.append(tally)
        with TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as folder:
            os.environ["PLAYGROUND_HOME"] = str(Path(folder) / "home")
            for _ in _PLAYED[part](tally, asked.seed, getattr(asked, part), Path(folder)):
                if sys.stderr.isatty():
                    sys.stderr.write(f"\r{part} {sum(tally.tried.values())}")
    print(f"{'':<46}{'tried':>8}{'failures':>9}")
    for tally in tallies:
        print("\n".join(tally.rows()))
    print(f"{perf_counter() - started:.0f} seconds")
    return 1 if any(tally.failures for tally in tallies) else 0


def _stores(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    from small_home import make_home
    from stores import Stores

    stores = Stores(make_home(folder), tally)
    for number in range(seed, seed + count):
        yield tally.attempt(number, lambda number=number: stores.trial(number))


def _kills(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    from kills import Kills

    kills = Kills(folder, tally)
    for number in range(seed, seed + count, _KILLS_AT_ONCE):
        times = min(_KILLS_AT_ONCE, seed + count - number)
        yield tally.attempt(
            number, lambda number=number, times=times: kills.of_commands(number, times)
        )


def _workers(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    from kills import Kills

    yield tally.attempt(seed, lambda: Kills(folder, tally).of_workers(seed, count))


def _servers(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    from kills import Kills

    yield tally.attempt(seed, lambda: Kills(folder, tally).of_servers(seed, count))


def _inputs(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    import inputs

    for number in range(seed, seed + count):
        yield tally.attempt(number, lambda number=number: inputs.trial(number, tally))


def _pages(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    import inputs

    from playground.service import service

    for number in range(seed, seed + count):
        yield tally.attempt(number, lambda number=number: inputs.page_trial(number, tally))
    service().close()


def _load(tally: Tally, seed: int, count: int, folder: Path) -> Iterator[None]:
    from classroom import hold_lesson
    from truth import complaints

    def trial() -> list[str]:
        lesson = hold_lesson(folder, count, rounds=1, arrival=5.0)
        wrong = complaints(folder / "home" / "playground.db", lesson.students, rounds=1)
        return [*lesson.troubles, *lesson.errors, *wrong]

    tally.count("runs of a class, each against one alone", count)
    yield tally.attempt(seed, trial)


_PLAYED = {
    "stores": _stores,
    "kills": _kills,
    "workers": _workers,
    "servers": _servers,
    "inputs": _inputs,
    "pages": _pages,
    "load": _load,
}

if __name__ == "__main__":
    sys.exit(main())
