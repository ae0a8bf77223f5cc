"""Mean and std as a person types them: "0.1307" for all channels, "0.49, 0.48, 0.45" for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

from playground.analysis.wording import number_text
from playground.errors import InvalidExperiment, shorten


def parse_channel_numbers(name: str, text: str) -> list[float]:
    """Return the numbers in `text`, separated by commas or blanks; none for an empty text.

    `name` says what they are, such as "Mean". Raises `InvalidExperiment` for what is no number;
    their range and how many there must be are the experiment's affair.
    """
    parts = [part for part in re.split(r"[,;\s]+", text.strip().strip("[]()")) if part]
    return [_number(name, part) for part in parts]


def format_channel_numbers(numbers: Sequence[float]) -> str:
    """Return `numbers` as they are typed; `parse_channel_numbers`' inverse to ten places."""
    return ", ".join(map(number_text, numbers))


def _number(name: str, part: str) -> float:
    try:
        number = float(part)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or "_" in part:
        raise InvalidExperiment(
            f"{name} cannot contain {shorten(part)}: write one number, such as 0.1307, or one for "
            "each channel, such as 0.49, 0.48, 0.45."
        )
    return number
