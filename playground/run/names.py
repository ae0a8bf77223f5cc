"""Names that people give: as they are kept, and as they are shown to others."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 80  # letters that a person may type
_LONGEST = 300  # letters that are kept of a name which is made of others

# Letters that turn the order of what stands beside them, or end its line; they have no shape.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")  # C0, C1, half a pair, ends of lines and paragraphs


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
