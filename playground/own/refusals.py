"""Refusals: why one file, or all that was brought, is not read. Inside the process that reads."""

from __future__ import annotations

from collections import Counter


class Refused(Exception):
    """Nothing is made of what was brought: one or more sentences with the way out."""


class Unreadable(Exception):
    """One file is left out: a sentence that is the same for all files left out for this reason."""


class LeftOut:
    """Counts what is left out by reason, and remembers some names of each."""

    _NAMED = 5
    _LONGEST = 120

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    def add(self, reason: str, name: str, count: int = 1) -> None:
        """Note that the file of this name, or a number of rows, was left out."""
        self.counts[reason] += count
        names = self._names.setdefault(reason, [])
        if len(names) < self._NAMED:
            names.append(name if len(name) <= self._LONGEST else f"…{name[-self._LONGEST :]}")

    def told(self) -> list[tuple[str, int, list[str]]]:
        """Return reason, count and names, the most frequent first."""
        return [(reason, n, self._names[reason]) for reason, n in self.counts.most_common()]

    def sentence(self) -> str:
        """Return the reasons in one text for a refusal; empty where nothing was left out."""
        told = [f"{n:,} left out: {reason}" for reason, n, _ in self.told()[:3]]
        return " ".join(told)
