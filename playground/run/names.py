"""Names that people give: as they are kept, and as they are shown to others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

LONGEST_NAME = 80  # letters that a person may type
_LONGEST = 300  # letters that are kept of a name which is made of others
_TAG = 4  # letters of an id that tell runs of the same name apart

# Letters that turn the order of what stands beside them, or end its line; they have no shape.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")  # C0, C1, half a pair, ends of lines and paragraphs


def told_apart(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return by its id what each run is called, of (id, name), the oldest first.

    The first of a name has it alone; others have the beginning of their id behind it, which is
    theirs whatever becomes of the first.
    """
    called: dict[str, str] = {}
    taken: set[str] = set()
    for run_id, name in names:
        tags = (run_id[:_TAG], run_id)
        unique = next(
            (each for each in (name, *(f"{name} ({tag})" for tag in tags)) if each not in taken),
            f"{name} ({run_id})",
        )
        taken.add(unique)
        called[run_id] = unique
    return called


def visible(text: str) -> str:
    r"""Return text in which what commands a terminal, or turns its direction, is written out.

    ESC is shown as `\x1b`: nothing that somebody else has named can clear a screen, forge a line
    or read from right to left.
    """
    return "".join(
        letter.encode("unicode_escape").decode() if _commands(letter) else letter for letter in text
    )


def visible_lines(text: str) -> str:
    """Return `visible` text of several lines, which stay lines."""
    return "\n".join(map(visible, text.split("\n")))


def tidy(text: str, longest: int = _LONGEST) -> str:
    """Return a name as it is kept: one line without commands, at most `longest` letters."""
    words = " ".join(text.split())
    kept = "".join(letter for letter in words if not _commands(letter))
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else f"{kept[: longest - 1].rstrip()}…"


def _commands(letter: str) -> bool:
    return letter in _TURNING or unicodedata.category(letter) in _CONTROLS
