"""Images left out of training as people type them, in a field, a link or a command: "12, 507"."""

from __future__ import annotations

import re

from playground.errors import InvalidExperiment, shorten

MOST = 1000
"""How many may be left out by number: a link with that many has about 6,000 letters."""


def parse_left_out(text: str) -> list[int]:
    """Return the positions in `text`, separated by commas or blanks, in brackets or not.

    "none" and an empty text are no positions. Raises `InvalidExperiment` for what is no whole
    number; how large it may be is the experiment's affair.
    """
    typed = text.strip().removeprefix("[").removesuffix("]").strip()
    parts = [] if typed.casefold() == "none" else re.split(r"[,;\s]+", typed)
    positions = [part for part in parts if part]
    wrong = [part for part in positions if not re.fullmatch(r"\d{1,12}", part)]
    if wrong:
        raise InvalidExperiment(
            f"Images left out cannot contain {shorten(wrong[0])}: write the numbers of training "
            "images separated by commas, such as 12, 507, or none."
        )
    return [int(part) for part in positions]
