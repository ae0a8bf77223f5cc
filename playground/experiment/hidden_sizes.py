"""Hidden sizes as a person types them, in a field, a sweep, a link or a command: "128, 64"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playground.errors import InvalidExperiment, shorten
from playground.experiment.architecture_entries import ARCHITECTURES


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


def suited_sizes(architecture: str, sizes: Iterable[int]) -> tuple[int, ...]:
    """Return the sizes for an `architecture` chosen while there were `sizes`.

    None, and those that are the default of a network, become the default of the one chosen;
    others were chosen as well and stay. Raises `UnknownChoice`.
    """
    kept, suited = tuple(sizes), ARCHITECTURES[architecture].sizes
    is_default = not kept or kept in {entry.sizes for entry in ARCHITECTURES}
    return suited if suited and is_default else kept


def doubt_about_sizes(architecture: str, sizes: Iterable[int]) -> str:
    """Return why these sizes are probably not what was meant; "" where nothing is to be said."""
    entry, kept = ARCHITECTURES[architecture], tuple(sizes)
    if not (entry.convolutional and "hidden_sizes" in entry.uses and len(kept) == 1):
        return ""
    return (
        f"One convolution of {kept[0]} channels sees 3×3 pixels at a time: two or three, such as "
        f"{', '.join(map(str, entry.sizes))}, see larger forms."
    )
