"""Tally: how many trials of a kind there were, and what went wrong in them."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Tally:
    """`tried` counts what the `trials` were made of; `failures` are sentences."""

    part: str
    trials: int = 0
    tried: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def count(self, what: str, times: int = 1) -> None:
        self.tried[what] = self.tried.get(what, 0) + times

    def fail(self, seed: int, problem: str) -> None:
        again = f"python -m tests.hostile --only {self.part} --seed {seed} --{self.part} 1"
        self.failures.append(f"{problem}\n    again: {again}")
        sys.stderr.write(f"{self.part}: {self.failures[-1]}\n")

    def attempt(self, seed: int, trial: Callable[[], list[str]]) -> None:
        """Do a trial, which returns what is wrong; an error that escapes it is wrong too."""
        self.trials += 1
        try:
            problems = trial()
        except Exception:
            problems = [traceback.format_exc(limit=-6)]
        for problem in problems:
            self.fail(seed, problem)

    def rows(self) -> list[str]:
        """Return a line of the table for what was tried, and one for all of it."""
        lines = [f"  {what:<44}{count:>8}" for what, count in self.tried.items()]
        return [f"{self.part:<46}{self.trials:>8}{len(self.failures):>9}", *lines]


class TooManySteps(BaseException):
    """What was asked took more steps than it may: no `except Exception` catches it."""


@contextmanager
def bounded(steps: int) -> Iterator[None]:
    """Raise `TooManySteps` where the block calls more functions than that, however fast."""
    left = steps

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            sys.setprofile(None)
            raise TooManySteps(f"more than {steps} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
