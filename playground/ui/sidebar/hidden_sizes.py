"""Hidden sizes as a person types them: "128, 64"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playground.errors import InvalidExperiment, shorten


def parse_hidden_sizes(text: str) -> list[int]:
    """Return the sizes in `text`, separated by commas or blanks; none for an empty text.

    Raises `InvalidExperiment` for what is no whole number; their range is the experiment's affair.
    """
    parts = [
        part
        for part in re.split(r"[,;\s]+", text.strip().removeprefix("[").removesuffix("]"))
        if part
    ]
    wrong = [part for part in parts if not re.fullmatch(r"[+-]?\d{1,12}", part)]
    if wrong:
        raise InvalidExperiment(
            f"Hidden sizes cannot contain {shorten(wrong[0])}: write whole numbers separated by "
            "commas, such as 128, 64."
        )
    return [int(part) for part in parts]


def format_hidden_sizes(sizes: Sequence[int]) -> str:
    """Return `sizes` as they are typed; `parse_hidden_sizes`' inverse."""
    return ", ".join(map(str, sizes))
