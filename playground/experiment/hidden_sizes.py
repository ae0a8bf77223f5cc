"""Hidden sizes as a person types them, in a field, a sweep, a link or a command: "128, 64"."""

from __future__ import annotations

import re

from playground.errors import InvalidExperiment, shorten


def parse_hidden_sizes(text: str) -> list[int]:
    """Return the sizes in `text`, separated by commas or blanks, in brackets or not.

    "none" and an empty text are no sizes. Raises `InvalidExperiment` for what is no whole number;
    their range is the experiment's affair.
    """
    typed = text.strip()
    if typed.startswith("[") and typed.endswith("]"):
        typed = typed[1:-1].strip()
    if typed.casefold() == "none":
        return []
    parts = [part for part in re.split(r"[,;\s]+", typed) if part] or [typed] * bool(typed)
    wrong = [part for part in parts if not re.fullmatch(r"[+-]?\d{1,12}", part)]
    if wrong:
        raise InvalidExperiment(
            f"Hidden sizes cannot contain {shorten(wrong[0])}: write whole numbers separated by "
            "commas, such as 128, 64, or none."
        )
    return [int(part) for part in parts]
