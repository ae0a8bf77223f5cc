"""Which lines of a script a change of settings touched."""

from __future__ import annotations

from difflib import SequenceMatcher


def removed_lines(before: str, after: str) -> int:
    """Return how many lines of `before` are gone where `after` has no others in their place."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(end - start for kind, start, end, _, _ in blocks if kind == "delete")


def changed_lines(before: str, after: str) -> frozenset[int]:
    """Return the numbers, from 0, of the lines of `after` that are not in `before`."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return frozenset(
        place
        for kind, _, _, first, last in blocks
        if kind != "equal"
        for place in range(first, last)
    )
